//! A conduit without a deal: the invitation that one side hands over as a link, the letter of whoever takes it, and the
//! word that opens the conduit.
//!
//! Knows: shapes, bounds, and what the keys of both sides are derived from. Must not know how a link is spelled or
//! whether an invitation was taken before. The keys in an invitation write letters about it and nothing else: whoever
//! sees a link cannot tell the conduit that comes of it by its keys.

use serde::{Deserialize, Serialize};

use super::{Object, Route, RuleBroken, require, seals};
use crate::envelope::{Kind, Nonce, Payload};
use crate::id::{Cid, Hash};
use crate::key::{PublicKey, SealPublic};
use crate::limits;
use crate::roster::TermRef;
use crate::value::Text;

/// Largest letter about an invitation: names and routes, each as long as they may be.
const LETTER: usize = 16 * 1024 - 4 - limits::ENVELOPE_OVERHEAD;

/// Which party of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who buys.
    Customer,
    /// Who sells.
    Vendor,
}

/// An invitation into a conduit: good for one who takes it, and signed by a key that is used for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Which party the inviter is; whoever takes it is the other.
    pub side: Party,
    /// What the inviter calls itself.
    pub name: Text<120>,
    /// Letters about it are sealed to this key.
    pub reply: SealPublic,
    /// Where the inviter is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Mailboxes that hold letters for the inviter while its node is away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Route>,
    /// The agreement that whoever takes it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermRef>,
    /// Proof of work it asks for on the letter that takes it, in bits.
    pub work: u8,
}

impl Object for Invitation {
    const KIND: Kind = Kind::Invitation;
    const MAX_PAYLOAD: usize = limits::INVITATION_PAYLOAD;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        let rule = |holds, field, why| require(holds, Kind::Invitation, field, why);
        let reachable = self.route.is_some() || !self.mailboxes.is_empty();
        rule(reachable, "route", "and \"mailboxes\" are both absent")?;
        seals(&self.reply, Kind::Invitation, "reply")?;
        rule(self.work <= limits::WORK_MAX, "work", "asks for more than 32 bits")?;
        check_ways(Kind::Invitation, self.route.as_ref(), &self.mailboxes)
    }
}

/// Takes an invitation. It is signed by a key that is used for this one invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// The invitation.
    pub invitation: Cid,
    /// What its writer wants to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<120>>,
    /// The answer is sealed to this key.
    pub reply: SealPublic,
    /// Its writer's pairwise identity for the conduit.
    pub sign: PublicKey,
    /// Its writer's pairwise sealing key for the conduit.
    pub seal: SealPublic,
    /// Where its writer is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Mailboxes that hold letters for its writer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Route>,
}

impl Object for Joining {
    const KIND: Kind = Kind::Joining;
    const MAX_PAYLOAD: usize = LETTER;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        seals(&self.reply, Kind::Joining, "reply")?;
        seals(&self.seal, Kind::Joining, "seal")?;
        check_ways(Kind::Joining, self.route.as_ref(), &self.mailboxes)
    }
}

/// The inviter's word to whoever took its invitation: the conduit is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The invitation.
    pub invitation: Cid,
    /// The conduit as the inviter sees it; both must be equal.
    pub conduit: Hash,
    /// The inviter's pairwise identity for the conduit.
    pub sign: PublicKey,
    /// The inviter's pairwise sealing key for the conduit.
    pub seal: SealPublic,
}

impl Object for Welcome {
    const KIND: Kind = Kind::Welcome;
    const MAX_PAYLOAD: usize = LETTER;
    const MAX_LIFE: u64 = limits::LETTER_LIFE;

    fn check(&self, _: &Payload<Self>) -> Result<(), RuleBroken> {
        seals(&self.seal, Kind::Welcome, "seal")
    }
}

fn check_ways(kind: Kind, route: Option<&Route>, mailboxes: &[Route]) -> Result<(), RuleBroken> {
    require(mailboxes.len() <= limits::ROUTES, kind, "mailboxes", "names more than 3 mailboxes")?;
    route.into_iter().chain(mailboxes).try_for_each(|route| route.check(kind))
}

/// What the keys in an invitation are derived from: its own nonce, so that nothing has to be kept beside it.
#[must_use]
pub fn inviting_salt(nonce: &Nonce) -> Hash {
    Hash::of("invite", &[&nonce.0])
}

/// What the keys that take an invitation are derived from.
#[must_use]
pub fn joining_salt(invitation: &Cid) -> Hash {
    Hash::of("join", &[invitation.digest()])
}

/// What either side's pairwise keys are derived from, once `joiner` has taken the invitation.
#[must_use]
pub fn pair_salt(invitation: &Cid, joiner: &PublicKey) -> Hash {
    Hash::of("invited", &[invitation.digest(), joiner.as_bytes()])
}

/// Id of the conduit that an invitation opens: of both sides' pairwise identities in it.
#[must_use]
pub fn conduit_id(invitation: &Cid, inviter: &PublicKey, joiner: &PublicKey) -> Hash {
    Hash::of("joined", &[invitation.digest(), inviter.as_bytes(), joiner.as_bytes()])
}
