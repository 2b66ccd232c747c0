select read.create_model('customer_rung', $columns$
  "customer_id" uuid not null,
  "position" bigint not null,
  "day" date not null,
  "lifecycle" text collate "C" not null
$columns$, '"customer_id", "position"');
comment on table read.customer_rung is 'The rungs of the ladder that customers came to, and when.';
comment on column read.customer_rung."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.customer_rung."position" is 'Position of the event in the log.';
comment on column read.customer_rung."day" is 'The day on which the customer came to the rung.';
comment on column read.customer_rung."lifecycle" is 'The rung of a customer on the ladder from a contact to a key account.';
select past.create_model('customer_rung');
