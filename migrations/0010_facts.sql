select read.create_model('order_step', $columns$
  "order_id" uuid not null,
  "position" bigint not null,
  "step" text collate "C" not null,
  "on" date not null,
  "complete" boolean,
  "net_minor" bigint,
  "service_kind" text collate "C",
  "service_result" text collate "C",
  "note" text collate "C"
$columns$, '"order_id", "position"');
comment on table read.order_step is 'What happened to orders, from the order over its deliveries to returns and services.';
comment on column read.order_step."order_id" is 'An order.';
comment on column read.order_step."position" is 'Position of the event in the log.';
comment on column read.order_step."step" is 'What happened to the order.';
comment on column read.order_step."on" is 'The day on which it happened.';
comment on column read.order_step."complete" is 'Whether nothing was left to deliver; null for other steps.';
comment on column read.order_step."net_minor" is 'What was taken, came back or was cancelled, in minor units; null for other steps.';
comment on column read.order_step."service_kind" is 'What was done for the customer; null for other steps.';
comment on column read.order_step."service_result" is 'How the service ended; null for other steps.';
comment on column read.order_step."note" is 'Why it came back or was cancelled, or what was noted of a service.';
select past.create_model('order_step');
