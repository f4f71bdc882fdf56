//! Every refusal as data: what it does to gossip, what it costs a neighbour, what it is counted as, what mends it.
//!
//! The table in `docs/reference/verdicts.md` is checked against [`TABLE`] by a test. Reject stands only where every
//! honest node sees the same broken rule, whatever its clock, load and state.

use crate::verdict::Verdict;

/// How a refusal looks to the person who ran into it; the command line's exit codes follow this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// What was named is not here.
    NotFound,
    /// A rule, the terms or the other party forbid it.
    ByRule,
    /// What was given makes no sense.
    Usage,
    /// The store failed.
    Store,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $metric:literal, $verdict:ident, $points:literal, $class:ident, $cause:literal, $fix:literal;)*) => {
        /// Why the machine did not do something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        /// One row of the verdict table.
        #[derive(Debug, Clone, Copy)]
        pub struct Row {
            /// The refusal.
            pub refusal: Refusal,
            /// Its stable code: metric name, error code, page name.
            pub code: &'static str,
            /// Verdict on gossip.
            pub verdict: Verdict,
            /// Points against the neighbour that brought it.
            pub points: u32,
            /// Class for people.
            pub class: Class,
            /// What happened.
            pub cause: &'static str,
            /// What mends it.
            pub fix: &'static str,
        }

        /// All refusals.
        pub const TABLE: &[Row] = &[$(Row {
            refusal: Refusal::$name,
            code: $metric,
            verdict: Verdict::$verdict,
            points: $points,
            class: Class::$class,
            cause: $cause,
            fix: $fix,
        },)*];
    };
}

refusals! {
    /// Bytes break a stateless rule.
    Broken = "broken_object", Reject, 20, Usage, "the object breaks a rule of its kind", "correct the field that is named";
    /// A kind on the wrong topic.
    WrongTopic = "wrong_topic", Reject, 20, Usage, "the object does not belong on this topic", "publish it on its own topic";
    /// Too little proof of work for gossip.
    LittleWork = "little_work", Ignore, 1, ByRule, "the object carries less proof of work than the network asks for", "do the work that is asked for and sign again";
    /// Heard before.
    Known = "known", Ignore, 0, ByRule, "it is known already", "nothing needs to be done";
    /// Past its end.
    Expired = "expired", Ignore, 0, ByRule, "it has expired", "cast it again";
    /// Dated in the future.
    Early = "early", Ignore, 0, ByRule, "it is dated in the future", "check the clock of this machine";
    /// The withdrawal is not by the intent's own key.
    NotIssuer = "not_issuer", Ignore, 0, ByRule, "it is not signed by the issuer of what it ends", "withdraw on the node that cast it";
    /// Withdrawn before.
    AlreadyOver = "already_over", Ignore, 0, ByRule, "the intent is over", "cast a new one";
    /// A newer revision is known.
    OldRevision = "old_revision", Ignore, 0, ByRule, "a newer revision is known", "publish with a higher revision";
    /// More than its share.
    OverBudget = "over_budget", Ignore, 0, ByRule, "this neighbour sends more than its share", "wait a little";
    /// The store of others' objects is full.
    NoRoom = "no_room", Ignore, 0, ByRule, "there is no room for more objects of others", "raise the quota or wait until some expire";
    /// No room in the verifying pool.
    Shed = "shed", Ignore, 0, ByRule, "the node is busy", "wait a little";
    /// A letter that is none.
    BadLetter = "bad_letter", Ignore, 20, Usage, "the letter breaks a rule of its kind", "correct the field that is named";
    /// A call that is none.
    BadCall = "bad_call", Ignore, 20, Usage, "the call breaks a rule of its protocol", "see the protocol reference";
    /// An answer that is none, or to something that was not asked.
    BadAnswer = "bad_answer", Ignore, 20, Usage, "the answer breaks a rule of its protocol, or answers what was not asked", "see the protocol reference";
    /// A comparison without end.
    CatchupEnds = "catchup_ends", Ignore, 0, ByRule, "comparing with a neighbour does not end, or it has nothing of what it names", "nothing: others are compared with";
    /// A letter for a box that is not here and cannot be passed on.
    NoWay = "no_way", Ignore, 0, NotFound, "nobody reachable holds this box", "connect to more nodes";
    /// First letter without agreement.
    NoAgreement = "gate_no_agreement", Ignore, 5, ByRule, "the letter carries no agreement", "sign one of the proffered agreements";
    /// The agreement is not one of those proffered, or its text is another.
    WrongAgreement = "gate_wrong_agreement", Ignore, 5, ByRule, "the agreement is not one that was proffered, word for word", "sign one of the proffered agreements";
    /// The agreement's signature or parties are wrong.
    ForgedAgreement = "gate_forged_agreement", Ignore, 20, ByRule, "the agreement is not signed by the writer for this intent", "sign it with the vendor's own key";
    /// First letter with too little work.
    GateWork = "gate_little_work", Ignore, 5, ByRule, "the letter carries less proof of work than the intent asks for", "do the work the intent asks for";
    /// All slots taken.
    CapReached = "gate_cap_reached", Ignore, 0, ByRule, "the customer has all the offers she takes", "nothing: this intent is served";
    /// This vendor has offered already.
    SecondOffer = "gate_second_offer", Ignore, 1, ByRule, "this vendor has an offer on this intent already", "change it with a counter";
    /// A counter to the terms that is not taken.
    TermsRefused = "terms_refused", Ignore, 0, ByRule, "the customer does not take these terms", "sign one of the proffered agreements";
    /// The inside does not open or is not what it should be.
    BadInside = "bad_inside", Ignore, 20, ByRule, "the inside of the letter does not open or breaks a rule", "seal it to the key of the intent";
    /// The talk does not allow it now.
    OutOfTurn = "out_of_turn", Ignore, 0, ByRule, "the talk does not allow this now", "see `vrm offer show` for where it stands";
    /// The second question.
    SecondQuestion = "second_question", Ignore, 0, ByRule, "one question has been asked about this offer, and there is one round", "accept, counter or decline";
    /// The second counter.
    SecondCounter = "second_counter", Ignore, 0, ByRule, "this offer has been countered, and there is one counter", "accept or decline";
    /// Nothing to answer.
    NoQuestion = "no_question", Ignore, 0, ByRule, "there is no open question from the other side", "nothing needs to be done";
    /// Past the proposal's validity.
    ProposalOver = "proposal_over", Ignore, 0, ByRule, "the proposal is no longer valid", "ask the vendor for a new offer";
    /// She has accepted another.
    OtherAccepted = "other_accepted", Ignore, 0, ByRule, "another offer on this intent is accepted", "wait until it lapses, or withdraw the intent";
    /// The confirmation came too late.
    TooLate = "too_late", Ignore, 0, ByRule, "the deadline has passed", "make a new offer";
    /// The orders differ.
    OrderDiffers = "order_differs", Ignore, 20, ByRule, "the other side confirms another order", "compare `vrm offer show` on both sides";
    /// No such intent.
    NoSuchIntent = "no_such_intent", Ignore, 0, NotFound, "no such intent here", "list them with `vrm intent list`";
    /// No such offer.
    NoSuchOffer = "no_such_offer", Ignore, 0, NotFound, "no such offer here", "list them with `vrm offers INTENT`";
    /// No such conduit.
    NoSuchConduit = "no_such_conduit", Ignore, 0, NotFound, "no such conduit here", "list them with `vrm conduit list`";
    /// Paused or closed on this side.
    ConduitClosed = "conduit_closed", Ignore, 0, ByRule, "the conduit is paused or closed on this side", "open it with `vrm conduit resume`, unless it is closed for good";
    /// Of a kind that the other side does not take.
    NotTaken = "not_taken", Ignore, 0, ByRule, "the other side does not take entries of this kind", "see what it takes with `vrm conduit show`";
    /// More messages than the other side takes.
    TakesNoMore = "takes_no_more", Ignore, 0, ByRule, "the other side takes no more messages for now", "see how many it takes with `vrm conduit show`, and write later";
    /// A policy that cannot be said.
    BadPolicy = "bad_policy", Ignore, 0, Usage, "the policy breaks a rule", "correct the field that is named";
    /// The other side went over to a successor.
    NeedsConsent = "needs_consent", Ignore, 0, ByRule, "another party took over the other side, and nobody here has agreed to it", "see `vrm conduit show`, then `vrm conduit consent` or `vrm conduit refuse`";
    /// Nobody took over.
    NoSuccessor = "no_successor", Ignore, 0, NotFound, "nobody has taken over the other side of this conduit", "nothing needs to be done";
    /// A letter for a conduit by somebody else than its other side.
    NotInConduit = "not_in_conduit", Ignore, 20, ByRule, "the letter is not by the other side of the conduit", "write with the conduit's own key";
    /// No such invitation.
    NoSuchInvitation = "no_such_invitation", Ignore, 0, NotFound, "no such invitation here", "list them with `vrm conduit invitations`";
    /// Somebody else took it before.
    InvitationTaken = "invitation_taken", Ignore, 0, ByRule, "the invitation is taken; it is good for one", "ask for a new one";
    /// Withdrawn, or past its end.
    InvitationOver = "invitation_over", Ignore, 0, ByRule, "the invitation was withdrawn or has ended", "ask for a new one";
    /// Taken by whoever gave it.
    OwnInvitation = "own_invitation", Ignore, 0, ByRule, "this node gave the invitation itself", "hand the link to somebody else";
    /// As many as are kept.
    TooManyInvitations = "too_many_invitations", Ignore, 0, ByRule, "as many invitations are open as this node keeps", "withdraw some with `vrm conduit withdraw`";
    /// No such entry.
    NoSuchEntry = "no_such_entry", Ignore, 0, NotFound, "no such entry in this journal", "list them with `vrm journal show`";
    /// An entry that breaks a rule of the journal.
    BadEntry = "bad_entry", Ignore, 0, ByRule, "the entry breaks a rule of the journal", "see `vrm journal verify` on the side that wrote it";
    /// The other side has filled as much of a journal as it may.
    JournalFull = "journal_full", Ignore, 0, ByRule, "the other side has filled as much of this journal as it may", "erase some of its entries with `vrm journal erase`, or raise `journal_bytes`";
    /// No such blob, or not whole.
    NoSuchBlob = "no_such_blob", Ignore, 0, NotFound, "no such attachment here, or not all of it", "list them with `vrm blob list`, and fetch it with `vrm blob get`";
    /// A manifest or chunk that is not what its name says.
    BlobLies = "blob_lies", Ignore, 20, ByRule, "what came is not the attachment that the entry names", "nothing: it is asked for again";
    /// No room for more blobs.
    BlobsFull = "blobs_full", Ignore, 0, ByRule, "there is no room for more attachments", "raise the quota, or erase entries that have some";
    /// No such receipt.
    NoSuchReceipt = "no_such_receipt", Ignore, 0, NotFound, "no such receipt of your own here", "list them with `vrm receipt list`";
    /// More receipts than are kept.
    ReceiptsFull = "receipts_full", Ignore, 0, ByRule, "this node keeps no more receipts of your own", "export the old ones, then remove them with `vrm receipt remove`";
    /// No such filter.
    NoSuchFilter = "no_such_filter", Ignore, 0, NotFound, "no such filter here", "list them with `vrm filter list`";
    /// No such node.
    NoSuchPeer = "no_such_peer", Ignore, 0, NotFound, "no such node is remembered", "list them with `vrm peer list`";
    /// This node holds no letters for others.
    NoMailbox = "no_mailbox", Ignore, 0, ByRule, "this node holds no letters for others", "choose another mailbox, or `vrm mailbox serve on` there";
    /// A visit that is meant for another mailbox.
    OtherMailbox = "other_mailbox", Ignore, 0, ByRule, "the visit is meant for another mailbox", "ask this one for its keys first";
    /// A claim to a box without its key.
    BadProof = "mailbox_bad_proof", Ignore, 20, ByRule, "the proof of the box's key does not hold", "prove it with the key that opens the box";
    /// The box is collected by somebody else.
    BoxTaken = "mailbox_box_taken", Ignore, 0, ByRule, "another collector holds this box", "wait until the box has run out";
    /// A letter for a box that is not held here.
    NoBox = "mailbox_no_box", Ignore, 0, NotFound, "this mailbox holds no such box", "leave the letter at another of the routes";
    /// A letter whose writer is neither named nor did the work.
    NotWelcome = "mailbox_not_welcome", Ignore, 1, ByRule, "the box takes letters of those it names and of whoever does its work", "do the work that the intent asks for";
    /// Too much waits for this box.
    BoxFull = "mailbox_box_full", Ignore, 0, ByRule, "as much waits for this box as its quota allows", "try again when its owner has been there";
    /// Too much waits here.
    MailboxFull = "mailbox_full", Ignore, 0, ByRule, "this mailbox holds as much as its quota allows", "try another mailbox, or raise `mailbox.megabytes` there";
    /// A letter that was never left here.
    NoSuchLetter = "no_such_letter", Ignore, 0, NotFound, "no such letter was left here", "leave it again";
    /// This node does not use that mailbox.
    NoSuchMailbox = "no_such_mailbox", Ignore, 0, NotFound, "this node uses no such mailbox", "list them with `vrm mailbox list`";
    /// More mailboxes than an intent names.
    TooManyMailboxes = "too_many_mailboxes", Ignore, 0, ByRule, "this node uses two mailboxes already, and letters are left at no more", "remove one with `vrm mailbox remove`";
    /// No such roster agreement.
    NoSuchTerms = "no_such_terms", Ignore, 0, NotFound, "the roster has no such agreement", "list them with `vrm terms list`";
    /// The agreement may not be proffered by a customer.
    NotProfferable = "not_profferable", Ignore, 0, ByRule, "this agreement stands only as a vendor's counter", "choose one that `vrm terms list` marks";
    /// The filter does not compile.
    BadFilter = "bad_filter", Ignore, 0, Usage, "the filter does not compile", "see `vrm filter test`";
    /// The vendor has no card.
    NoCard = "no_card", Ignore, 0, ByRule, "this node has no vendor card", "publish one with `vrm vendor card`";
    /// Longer than one record may be.
    TooLong = "too_long", Ignore, 0, ByRule, "it is longer than this node keeps", "say it in fewer words";
    /// The proposal cannot be said.
    BadProposal = "bad_proposal", Ignore, 0, Usage, "the proposal breaks a rule", "correct the field that is named";
    /// The store failed.
    Store = "store", Ignore, 0, Store, "the store failed", "see `vrm doctor`";
}

impl Refusal {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.refusal == self).unwrap_or(&TABLE[0])
    }

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().code
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.row().cause)
    }
}

impl std::error::Error for Refusal {}

impl From<crate::store::StoreError> for Refusal {
    fn from(_: crate::store::StoreError) -> Self {
        Self::Store
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_one_row_and_one_code() {
        let mut codes: Vec<_> = TABLE.iter().map(|r| r.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
        assert!(TABLE.iter().all(|r| r.refusal.row().code == r.code && !r.fix.is_empty()));
    }

    #[test]
    fn what_depends_on_clock_load_or_state_is_never_rejected() {
        for refusal in [
            Refusal::Expired,
            Refusal::Early,
            Refusal::Shed,
            Refusal::OverBudget,
            Refusal::NoRoom,
            Refusal::Known,
            Refusal::NotIssuer,
            Refusal::OldRevision,
        ] {
            assert_eq!(refusal.row().verdict, Verdict::Ignore);
        }
    }
}
