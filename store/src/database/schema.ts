// The tables as Kysely sees them; `migrations/` is where they are made.
// Owns: column types as pg delivers them. Does not own: which role may do what (migrations).
// bytea arrives as bytes, bigint as text, json parsed. A `row` column holds a whole projection as the port shows it.

import type { ApprovalRow, ExecutionRow } from "@counterfoil/contracts/ports"
import type { GrantScope, Json, PolicySource, Problem, TokenOrigin } from "@counterfoil/contracts"
import type { ColumnType, Generated } from "kysely"

/** Proof: written once, never changed. */
export interface EntryTable {
  readonly tenant: string
  readonly execution_id: string
  readonly seq: number
  readonly head: Uint8Array
  readonly digest: Uint8Array
  readonly prev_hash: Uint8Array
  readonly hash: Uint8Array
}

/** The fact itself, apart from its proof, so that it can expire. */
interface PayloadTable {
  readonly tenant: string
  readonly execution_id: string
  readonly seq: number
  readonly bytes: Uint8Array
}

/** One row an append; `log_index` and `last_position` are given by the sequencer, after the commit. */
interface AppendTable {
  readonly append_id: Generated<string>
  readonly tenant: string
  readonly execution_id: string
  readonly first_seq: number
  readonly last_seq: number
  readonly head_hash: Uint8Array
  readonly log_index: ColumnType<string | null, never, string>
  readonly last_position: ColumnType<string | null, never, string>
}

/** Projection of an execution, the guard of its appends, and its lease. */
interface ExecutionTable {
  readonly execution_id: string
  readonly tenant: string
  readonly fence: string
  readonly head_seq: number
  readonly head_hash: Uint8Array
  readonly worker: string | null
  readonly lease_until: Date | null
  readonly wake_at: Date | null
  readonly goes_first: Generated<boolean>
  readonly status: string
  readonly tier: string | null
  readonly contract: string | null
  readonly requester: string
  readonly on_behalf_of: string | null
  readonly labels: readonly string[]
  readonly held: boolean
  readonly in_doubt: boolean
  readonly created_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
  readonly row: ExecutionRow
}

/** Projection of an approval request. */
interface ApprovalTable {
  readonly approval_id: string
  readonly tenant: string
  readonly execution_id: string
  readonly status: string
  readonly tier: string
  readonly contract: string
  readonly requester: string
  readonly on_behalf_of: string | null
  readonly expires_at: Date
  readonly row: ApprovalRow
}

/** Keys that callers used, with the executions made under them. */
interface InboxTable {
  readonly tenant: string
  readonly principal: string
  readonly contract: string
  readonly key_digest: Uint8Array
  readonly request_digest: Uint8Array
  readonly execution_id: string
  readonly answer: ColumnType<Json | null, string | undefined, never>
}

/** Texts by digest; they belong to no tenant. */
interface BlobTable {
  readonly digest: Uint8Array
  readonly media_type: string
  readonly bytes: Uint8Array
}

/** Which policy decides now; one row a tenant. */
interface PolicyPointerTable {
  readonly tenant: string
  readonly digest: Uint8Array
  readonly source: ColumnType<PolicySource, string, string>
}

/** Who exists in a tenant. */
export interface PrincipalTable {
  readonly tenant: string
  readonly principal_id: string
  readonly kind: string
  readonly name: string
  readonly owner: string | null
  readonly roles: readonly string[]
  readonly added_at: Date
  readonly disabled_at: Date | null
  readonly added_by: string | null
}

/** Capabilities given to principals; a revoked one stays as a record. */
export interface CapabilityGrantTable {
  readonly tenant: string
  readonly grant_id: string
  readonly principal_id: string
  readonly capability: string
  readonly scope: ColumnType<GrantScope, string, never>
  readonly source: string
  readonly expires_at: Date
  readonly given_by: string
  readonly reason: string
  readonly revoked_at: Date | null
}

/** Roles given to principals beside those of their own row. */
interface RoleGrantTable {
  readonly tenant: string
  readonly grant_id: string
  readonly principal_id: string
  readonly role: string
  readonly expires_at: Date
  readonly revoked_at: Date | null
}

/** Tokens by the SHA-256 of their bytes (INV-13: the bytes are never here). */
export interface TokenTable {
  readonly hash: Uint8Array
  readonly session: string
  readonly tenant: string
  readonly principal_id: string
  readonly label: string
  readonly assurance: string
  readonly created_at: Date
  readonly expires_at: Date
  readonly revoked_at: Date | null
  readonly minted_by: string | null
  readonly origin: ColumnType<TokenOrigin | null, string | null, never>
  readonly use: "session" | "signIn"
  readonly refused_at: Date | null
  readonly reset: Generated<boolean>
}

/** Reviewers' public keys. */
export interface ReviewKeyTable {
  readonly tenant: string
  readonly key_id: string
  readonly human: string
  readonly spki: string
  readonly enrolled_at: Date
  readonly revoked_at: Date | null
}

/** Facts about the installation that the store belongs to; one row. */
interface InstallationTable {
  readonly one: Generated<boolean>
  readonly environment: string
  readonly cursor_secret: Generated<Buffer>
  /** When this database took the place of a lost one. */
  readonly restored_at: Date | null
}

/** How far events were published, and who publishes; one row. */
interface RelayCursorTable {
  readonly one: Generated<boolean>
  readonly holder: string | null
  readonly lease_until: Date | null
  readonly fence: string
  readonly log_index: string
  readonly position: string
  readonly stream: string | null
  readonly stream_number: string
}

/** Messages that did not become an intent. */
export interface QuarantineTable {
  readonly tenant: string
  readonly message_id: string
  readonly reason: string
  readonly principal: string | null
  readonly key: string | null
  readonly problem: ColumnType<Problem | null, string | null, never>
  readonly deliveries: number
  readonly body: Uint8Array
  readonly body_bytes: number
  /** Bytes of the body and the problem as they are kept. */
  readonly kept_bytes: number
  readonly kept_at: ColumnType<Date, never, never>
}

/** How many messages of a sender were dropped; `sender` is a principal, or empty for all whose token was not valid. */
interface QuarantineDroppedTable {
  readonly tenant: string
  readonly sender: string
  readonly dropped: string
  readonly first_at: ColumnType<Date, never, never>
  readonly last_at: ColumnType<Date, never, never>
}

/** How often the handling of a redelivered message was begun without an end. */
interface DeliveryTable {
  readonly message_id: string
  readonly begun: number
  readonly begun_at: ColumnType<Date, never, never>
}

/** The life and the end of the event stream on PostgreSQL; one row. */
interface BusStreamTable {
  readonly one: Generated<boolean>
  readonly stream: Generated<string>
  readonly last_number: string
}

/** Events of the bus on PostgreSQL. */
interface BusEventTable {
  readonly number: string
  readonly tenant: string
  readonly id: Uint8Array
  readonly execution_id: string
  readonly kind: string
  readonly position: string
  readonly body: Uint8Array
  readonly stored_at: ColumnType<Date, never, never>
}

/** Submissions of the bus on PostgreSQL that are not settled. */
export interface BusSubmissionTable {
  readonly number: Generated<string>
  readonly tenant: string
  readonly token_hash: Uint8Array | null
  readonly key: string | null
  readonly traceparent: string | null
  readonly body: Uint8Array
  readonly deliveries: Generated<number>
  readonly due: ColumnType<Date, never, never>
}

/** Callbacks that are to be sent, or that were stopped or given up. */
interface CallbackTable {
  readonly tenant: string
  readonly execution_id: string
  readonly seq: number
  readonly callback_id: string
  readonly channel: string
  readonly since: ColumnType<Date, never, never>
  readonly due_at: Date
  readonly taken_until: Date | null
  readonly attempts: number
  readonly last_code: string | null
  readonly ended_at: Date | null
}

/** The contracts that an installation has used, the newest last. */
interface ContractLockTable {
  readonly tenant: string
  readonly number: number
  readonly digest: Uint8Array
  readonly since: ColumnType<Date, never, never>
}

/** The locks of each registry that a trace can name, one after the other; they belong to no tenant, like the texts. */
interface RegistryLockTable {
  readonly number: Generated<number>
  readonly registry: Uint8Array
  readonly digest: Uint8Array
  readonly since: ColumnType<Date, never, never>
}

/** The result of each change of governing state, under its idempotency key. */
interface GoverningChangeTable {
  readonly tenant: string
  readonly key: Uint8Array
  readonly output: ColumnType<Json, string, never>
  readonly made_at: ColumnType<Date, never, never>
}

/** All tables. */
export interface Schema {
  readonly entry: EntryTable
  readonly payload: PayloadTable
  readonly append: AppendTable
  readonly execution: ExecutionTable
  readonly approval: ApprovalTable
  readonly inbox: InboxTable
  readonly blob: BlobTable
  readonly policy_pointer: PolicyPointerTable
  readonly principal: PrincipalTable
  readonly capability_grant: CapabilityGrantTable
  readonly role_grant: RoleGrantTable
  readonly token: TokenTable
  readonly review_key: ReviewKeyTable
  readonly installation: InstallationTable
  readonly relay_cursor: RelayCursorTable
  readonly quarantine: QuarantineTable
  readonly quarantine_dropped: QuarantineDroppedTable
  readonly delivery: DeliveryTable
  readonly bus_stream: BusStreamTable
  readonly bus_event: BusEventTable
  readonly bus_submission: BusSubmissionTable
  readonly callback: CallbackTable
  readonly contract_lock: ContractLockTable
  readonly registry_lock: RegistryLockTable
  readonly governing_change: GoverningChangeTable
}
