//! Invites: registration tokens bound to a role, good for some uses and for some time.

use moss_api::{ErrorCode, InviteCreated, MAX_INVITE_USES, Message, Role};

use crate::config::duration::Ttl;
use crate::domain::queries::Db;
use crate::domain::resolve::{invite_id, within};
use crate::domain::{Command, Error, Refusal};
use crate::security::secret::InviteToken;
use crate::store::entity::invite;
use crate::store::{At, Tx, Word, invites, new_id};

/// Make an invite. Its token is shown in the answer and nowhere else.
pub struct Create {
    /// The role it lets in.
    pub role: Role,
    /// How many agents it lets in.
    pub uses: i64,
    /// For how long.
    pub ttl: Ttl,
    /// The one agent it lets in again; none for new ones.
    pub agent_id: Option<String>,
    /// The token it will have.
    pub token: InviteToken,
}

impl Command for Create {
    type Output = InviteCreated;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<InviteCreated, Error> {
        let row = invite::Model {
            id: new_id(),
            token_hash: self.token.hash(),
            role: Word(self.role),
            uses: within("uses", self.uses, 1..=MAX_INVITE_USES)?,
            used: 0,
            agent_id: self.agent_id.clone(),
            created_at: At(tx.now),
            expires_at: At(tx.now + self.ttl.duration()),
        };
        invites::insert(tx, row.clone()).await?;
        Ok(InviteCreated {
            invite: row.into(),
            token: self.token.reveal(),
            message: "keep the token: it is shown this once".to_owned(),
        })
    }

    fn status(_: &InviteCreated) -> u16 {
        201
    }
}

/// Take an invite back: whoever has its token is not let in any more.
pub struct Revoke {
    /// An id or its beginning.
    pub id: String,
}

impl Command for Revoke {
    type Output = Message;

    async fn run(&self, tx: &Tx) -> Result<Message, Error> {
        let id = invite_id(tx.db(), &self.id).await?;
        if !invites::delete(tx, &id).await? {
            return Err(Refusal::not_found("invite", &self.id).into());
        }
        Ok(Message { message: "the invite lets nobody in any more".to_owned() })
    }
}

/// Whether there is an invite whose token has this SHA-256, good or not.
pub async fn exists(db: &Db, hash: &str) -> Result<bool, Error> {
    Ok(invites::by_hash(db, hash).await?.is_some())
}

/// What came in place of the shared registration token.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// SHA-256 of the invite's token.
    pub hash: String,
    /// Whether agents may register themselves with the shared token.
    pub open: bool,
}

impl Ticket {
    /// Uses the invite up by one, or says why it lets nobody in. Answers the one agent it is for, if it
    /// is for one.
    ///
    /// # Errors
    /// When it is unknown, over, used up, or for another role.
    pub async fn redeem(&self, tx: &Tx, role: Role) -> Result<Option<String>, Error> {
        if invites::redeem(tx, &self.hash, role).await? {
            return Ok(invites::by_hash(tx.db(), &self.hash).await?.and_then(|row| row.agent_id));
        }
        let Some(row) = invites::by_hash(tx.db(), &self.hash).await? else {
            return Err(not_admitted(self.open).into());
        };
        let ask = "ask the person in charge for a new one";
        let refusal = if row.expires_at.0 <= tx.now {
            let detail = format!("the invite ended {}", row.expires_at.0.minute());
            Refusal::new(ErrorCode::InviteExpired, detail).hint(ask)
        } else if row.used >= row.uses {
            let detail = match row.uses {
                1 => "the invite was used".to_owned(),
                uses => format!("the invite was used {uses} times, as often as it was for"),
            };
            Refusal::new(ErrorCode::InviteUsedUp, detail).hint(ask)
        } else {
            let detail = format!("the invite is for the role {}, not {role}", row.role.0);
            Refusal::new(ErrorCode::InviteWrongRole, detail)
                .hint(format!("register with --role {}", row.role.0))
        };
        Err(refusal.into())
    }
}

/// A token that lets nobody in: a wrong shared token and an unknown invite are answered alike.
pub fn not_admitted(open: bool) -> Refusal {
    if open {
        Refusal::new(ErrorCode::BadRegistrationToken, "the registration token is wrong").hint(
            "it is agent.registration_token in the server's config.yaml, or an invite: moss-server invite",
        )
    } else {
        Refusal::new(ErrorCode::RegistrationClosed, "registration is switched off")
            .hint("ask the person in charge for an invite: moss-server invite --role ROLE")
    }
}
