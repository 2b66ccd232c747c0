-- The log belongs to its owner by name only: log.append alone writes to it, as stave_log, a role that nobody can take on.

grant usage, create on schema log to stave_log;
grant select on log.event, log.block, log.receipt, log.head to stave_log;
grant insert on log.event, log.block, log.receipt to stave_log;
grant update on log.head to stave_log;
revoke insert, update, delete, truncate on log.event, log.block, log.receipt, log.head from stave_owner;
