//! Header names, and the name by which a client knows this server.

/// Answered by `GET /api/health` as `server`, and by every answer's [`VERSION_HEADER`]:
/// how a client tells this server from the original.
pub const SERVER_NAME: &str = "moss";
/// Present on every answer of `moss-server`, absent on the original's.
pub const VERSION_HEADER: &str = "x-moss-version";
/// The client's promise that a repeated write is the same write (invariant 8).
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// Where a host tells registration its shared secret or invite.
pub const REGISTRATION_HEADER: &str = "x-registration-token";
/// Carries an admin session.
pub const ADMIN_HEADER: &str = "x-admin-token";
/// Names the agent, see [`super::act_as_value`], in whose place an admin session calls an agent's
/// route.
pub const ACT_AS_HEADER: &str = "x-moss-act-as";
/// The other way to carry an agent key, besides `Authorization: Bearer`.
pub const AGENT_KEY_HEADER: &str = "x-agent-key";
/// What the server's log calls a request: on every answer, and in the body of every error. A caller
/// may bring its own.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// The cookie of somebody whom the admin's password let in before: by it a login waits for nobody
/// else's wrong guesses. It opens nothing.
pub const DEVICE_COOKIE: &str = "moss_device";
/// On a list without pages that ends before its last row: the `offset` by which the next part is
/// asked for, so also the number of rows so far.
pub const NEXT_OFFSET_HEADER: &str = "x-moss-next-offset";
