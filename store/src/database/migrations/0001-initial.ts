// The first schema: proof tables, projections, directory, roles and row level security.
// Owns: every table of version 1 and who may do what to it. Does not own: when migrations run (migrate.ts).
// Keeps INV-07 (the service role can add proof but never change it) and INV-10 (no row of another tenant is seen,
// on top of the tenant in every query).

import { sql, type Kysely } from "kysely"

const tables = sql`
  create table installation (
    one boolean primary key default true check (one),
    environment text not null
  );

  create table entry (
    tenant text not null,
    execution_id text not null,
    seq int not null,
    head bytea not null,
    digest bytea not null,
    prev_hash bytea not null,
    hash bytea not null,
    primary key (execution_id, seq),
    constraint entry_digests check (length(digest) = 32 and length(prev_hash) = 32 and length(hash) = 32)
  );

  create table payload (
    tenant text not null,
    execution_id text not null,
    seq int not null,
    bytes bytea not null,
    primary key (execution_id, seq)
  );

  create table append (
    append_id bigint generated always as identity primary key,
    tenant text not null,
    execution_id text not null,
    first_seq int not null,
    last_seq int not null,
    head_hash bytea not null,
    log_index bigint,
    last_position bigint
  );
  create index append_unsequenced on append (append_id) where log_index is null;
  create unique index append_log_index on append (log_index) where log_index is not null;
  create unique index append_position on append (tenant, last_position) where last_position is not null;

  create table execution (
    execution_id text primary key,
    tenant text not null,
    fence bigint not null,
    head_seq int not null,
    head_hash bytea not null,
    worker text,
    lease_until timestamptz,
    wake_at timestamptz,
    status text not null,
    tier text,
    contract text,
    requester text not null,
    on_behalf_of text,
    labels text[] not null,
    held boolean not null,
    in_doubt boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    ended_at timestamptz,
    row json not null
  ) with (fillfactor = 70);
  create index execution_wake on execution (tenant, wake_at) where wake_at is not null;
  create index execution_lease on execution (lease_until) where lease_until is not null;
  create index execution_created on execution (tenant, created_at, execution_id);

  create table approval (
    approval_id text primary key,
    tenant text not null,
    execution_id text not null,
    status text not null,
    tier text not null,
    contract text not null,
    requester text not null,
    on_behalf_of text,
    expires_at timestamptz not null,
    row json not null
  );
  create index approval_queue on approval (tenant, status, expires_at, approval_id);
  create index approval_execution on approval (execution_id);

  create table inbox (
    tenant text not null,
    principal text not null,
    contract text not null,
    key_digest bytea not null,
    request_digest bytea not null,
    execution_id text not null,
    -- what a control command was answered; null for an execution that was made, which is read again instead
    answer json,
    received_at timestamptz not null default clock_timestamp(),
    primary key (tenant, principal, contract, key_digest)
  );

  create table blob (
    digest bytea primary key check (length(digest) = 32),
    media_type text not null,
    bytes bytea not null
  );

  create table policy_pointer (
    tenant text primary key,
    digest bytea not null,
    source json not null,
    activated_at timestamptz not null default clock_timestamp()
  );

  create table principal (
    tenant text not null,
    principal_id text not null,
    kind text not null,
    name text not null,
    owner text,
    roles text[] not null,
    added_at timestamptz not null,
    disabled_at timestamptz,
    primary key (tenant, principal_id),
    unique (tenant, name)
  );

  create table capability_grant (
    tenant text not null,
    grant_id text not null,
    principal_id text not null,
    capability text not null,
    scope json not null,
    source text not null,
    expires_at timestamptz not null,
    given_by text not null,
    reason text not null,
    revoked_at timestamptz,
    primary key (tenant, grant_id)
  );
  create index capability_grant_holder on capability_grant (tenant, principal_id, capability);

  create table role_grant (
    tenant text not null,
    grant_id text not null,
    principal_id text not null,
    role text not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant, grant_id)
  );
  create index role_grant_holder on role_grant (tenant, principal_id);

  create table token (
    hash bytea primary key check (length(hash) = 32),
    session text not null unique,
    tenant text not null,
    principal_id text not null,
    label text not null,
    assurance text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
  );

  create table review_key (
    tenant text not null,
    key_id text not null,
    human text not null,
    spki text not null,
    enrolled_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant, key_id)
  );
`

// A server that the operator manages may have these roles already, with logins and passwords of their own.
const roles = sql`
  do $$
  declare name text;
  begin
    foreach name in array array['counterfoil_service', 'counterfoil_eraser'] loop
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin', name);
        execute format('grant %I to current_user', name);
      end if;
    end loop;
  end $$;
`

// blob holds texts by digest and belongs to no tenant; installation is one row.
const tenantTables = [
  "entry",
  "payload",
  "append",
  "execution",
  "approval",
  "inbox",
  "policy_pointer",
  "principal",
  "capability_grant",
  "role_grant",
  "token",
  "review_key",
] as const

const privileges = sql`
  revoke all on all tables in schema public from public;
  grant usage on schema public to counterfoil_service, counterfoil_eraser;
  grant select, insert on entry, payload, append, blob, inbox, installation to counterfoil_service;
  grant update (log_index, last_position) on append to counterfoil_service;
  grant select, insert, update on execution, approval, policy_pointer, principal, capability_grant, role_grant,
    token, review_key to counterfoil_service;
  grant select on execution, payload to counterfoil_eraser;
  grant delete on payload to counterfoil_eraser;
`

/** Makes the schema. The settings of a session say which tenant it works for; none means no row, `*` means all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await roles.execute(db)
  await tables.execute(db)
  await privileges.execute(db)
  for (const table of tenantTables) {
    await sql`alter table ${sql.table(table)} enable row level security`.execute(db)
    await sql`
      create policy one_tenant on ${sql.table(table)}
        using ((select current_setting('counterfoil.tenant', true)) = '*'
          or tenant = (select current_setting('counterfoil.tenant', true)))
    `.execute(db)
  }
}

/** Takes everything away again; the roles stay, because another database of the server may use them. */
export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of [...tenantTables, "blob", "installation"])
    await sql`drop table ${sql.table(table)}`.execute(db)
}
