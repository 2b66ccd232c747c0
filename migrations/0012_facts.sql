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
comment on column read.order_step."note" is 'Why it came back, was cancelled or its credit was split, or what was noted of a service.';
select past.create_model('order_step');
select read.create_model('contract', $columns$
  "contract_id" uuid not null,
  "customer_id" uuid not null,
  "responsible" uuid not null,
  "visit_id" uuid,
  "signed_on" date not null,
  "term" integer not null,
  "term_from" date not null,
  "term_to" date not null,
  "value_minor" bigint not null,
  "currency" text collate "C" not null,
  "state" text collate "C" not null,
  "lapsed_on" date,
  "lapse_reason" text collate "C"
$columns$, '"contract_id"');
create index on read.contract (tenant_id, generation, "responsible", "term_to");
create index on read.contract (tenant_id, generation, "customer_id", "term_to");
comment on table read.contract is 'The contracts in their present terms.';
comment on column read.contract."contract_id" is 'A contract with a customer.';
comment on column read.contract."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.contract."responsible" is 'Who has the credit for the term and sees to the renewal.';
comment on column read.contract."visit_id" is 'The visit on which it was signed.';
comment on column read.contract."signed_on" is 'The day on which the contract was first signed.';
comment on column read.contract."term" is 'Number of the term, from 1.';
comment on column read.contract."term_from" is 'First day of the term.';
comment on column read.contract."term_to" is 'Last day of the term.';
comment on column read.contract."value_minor" is 'What the customer pays for the term, in minor units.';
comment on column read.contract."currency" is 'A currency, ISO 4217.';
comment on column read.contract."state" is 'Whether the renewal of the term is due, or the contract has lapsed.';
comment on column read.contract."lapsed_on" is 'The day on which it lapsed.';
comment on column read.contract."lapse_reason" is 'Why it lapsed.';
select past.create_model('contract');

select read.create_model('contract_fact', $columns$
  "contract_id" uuid not null,
  "term" integer not null,
  "customer_id" uuid not null,
  "person_id" uuid not null,
  "ends_on" date not null,
  "renewed" boolean not null,
  "value_minor" bigint not null,
  "renewed_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"contract_id", "term"');
create index on read.contract_fact (tenant_id, generation, "person_id", "ends_on");
create index on read.contract_fact (tenant_id, generation, "ends_on");
comment on table read.contract_fact is 'What counts once for each term of a contract: that its renewal was due, and whether it was renewed.';
comment on column read.contract_fact."contract_id" is 'A contract with a customer.';
comment on column read.contract_fact."term" is 'Number of the term, from 1.';
comment on column read.contract_fact."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.contract_fact."person_id" is 'Who saw to the renewal of the term.';
comment on column read.contract_fact."ends_on" is 'The last day of the term, or the day on which it lapsed before.';
comment on column read.contract_fact."renewed" is 'Whether another term followed.';
comment on column read.contract_fact."value_minor" is 'What the customer pays for the term, in minor units.';
comment on column read.contract_fact."renewed_minor" is 'What the customer pays for the term that followed; 0 without one in the same currency.';
comment on column read.contract_fact."currency" is 'A currency, ISO 4217.';
select past.create_model('contract_fact');

select read.create_model('first_contract', $columns$
  "customer_id" uuid not null,
  "contract_id" uuid not null,
  "person_id" uuid not null,
  "signed_on" date not null,
  "value_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"customer_id"');
create index on read.first_contract (tenant_id, generation, "person_id", "signed_on");
create index on read.first_contract (tenant_id, generation, "signed_on");
comment on table read.first_contract is 'The first contract that each customer signed, with its first term.';
comment on column read.first_contract."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.first_contract."contract_id" is 'A contract with a customer.';
comment on column read.first_contract."person_id" is 'Who has the credit for it.';
comment on column read.first_contract."signed_on" is 'The day on which it was signed.';
comment on column read.first_contract."value_minor" is 'What the customer pays for its first term, in minor units.';
comment on column read.first_contract."currency" is 'A currency, ISO 4217.';
select past.create_model('first_contract');
select read.create_model('dealer', $columns$
  "dealer_id" uuid not null,
  "customer_id" uuid not null,
  "region_ids" jsonb not null,
  "channel_ids" jsonb not null,
  "appointed_from" date not null,
  "ended_on" date,
  "end_reason" text collate "C"
$columns$, '"dealer_id"');
create index on read.dealer (tenant_id, generation, "customer_id");
comment on table read.dealer is 'The customers who are appointed dealers, from when until when.';
comment on column read.dealer."dealer_id" is 'The appointment of a customer as a dealer.';
comment on column read.dealer."customer_id" is 'A customer: an end customer, an outlet, a dealer or a key account.';
comment on column read.dealer."region_ids" is 'The regions of the appointment; empty for everywhere.';
comment on column read.dealer."channel_ids" is 'The channels of the appointment; empty for all.';
comment on column read.dealer."appointed_from" is 'First day of the appointment.';
comment on column read.dealer."ended_on" is 'First day after it; null until further notice.';
comment on column read.dealer."end_reason" is 'Why it ended.';
select past.create_model('dealer');

select read.create_model('dealer_terms', $columns$
  "dealer_id" uuid not null,
  "discount_bp" integer not null,
  "payment_days" integer not null,
  "valid_from" date not null,
  "valid_to" date
$columns$, '"dealer_id", "valid_from"');
comment on table read.dealer_terms is 'The terms on which dealers buy, each from a day on until the day before others.';
comment on column read.dealer_terms."dealer_id" is 'The appointment of a customer as a dealer.';
comment on column read.dealer_terms."discount_bp" is 'Discount on list prices, in basis points.';
comment on column read.dealer_terms."payment_days" is 'Days after an invoice on which it is due.';
comment on column read.dealer_terms."valid_from" is 'First day of the terms.';
comment on column read.dealer_terms."valid_to" is 'First day after the terms; null until further notice.';
select past.create_model('dealer_terms');
select read.create_model('receivable_entry', $columns$
  "invoice_id" uuid not null,
  "position" bigint not null,
  "kind" text collate "C" not null,
  "date" date not null,
  "due_on" date not null,
  "person_id" uuid not null,
  "change_minor" bigint not null,
  "currency" text collate "C" not null
$columns$, '"invoice_id", "position"');
comment on table read.receivable_entry is 'What changed the open amounts of invoices: they add up to what is open of each on every day.';
comment on column read.receivable_entry."invoice_id" is 'An invoice, and the receivable that it makes.';
comment on column read.receivable_entry."position" is 'Position of the event in the log.';
comment on column read.receivable_entry."kind" is 'What changed the open amount.';
comment on column read.receivable_entry."date" is 'The day on which it did.';
comment on column read.receivable_entry."due_on" is 'The day on which the invoice is due.';
comment on column read.receivable_entry."person_id" is 'Who sees to the payment.';
comment on column read.receivable_entry."change_minor" is 'What it adds to the open amount, in minor units; below zero to lower it.';
comment on column read.receivable_entry."currency" is 'A currency, ISO 4217.';
select past.create_model('receivable_entry');
