//! The calls, one for each route, in the order of the routes.

use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vrm_core::Cid;
use vrm_core::object::Reason;
use vrm_core::value::Text;
use vrm_protocol::records::ConduitState;

use super::Client;
use crate::dto::{
    Agreement, Attached, Blob, Card, CardDraft, Case, CaseDraft, Checked, CheckedBlob, Comparison, Conduit,
    ConsentDraft, Deal, Declined, DisclosureDraft, Disclosures, DomainProof, Done, EntryDraft, EraseDraft,
    Erasure, ExportQuery, Filter, FilterDraft, Heard, IntentDraft, Invitation, InvitationDraft, Invite,
    IssueDraft, Issued, JoinDraft, JournalEntry, Kept, KeysDraft, Mailbox, Mailboxes, NoteDraft, OfferDraft,
    OfferPreview, OutboxLine, OwnIntent, OwnReceipts, Page, PageQuery, Peer, PeerAddress, PhotosDraft,
    Policy, Pong, Preview, Problem, ProposalDraft, ReceiptFound, Say, ServeDraft, Sheet, StateDraft, Status,
    StepDraft, TermsLine, TermsPolicy, Thing,
};

type Got<T> = Result<T, Problem>;

macro_rules! gets {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),*) -> $out:ty = $path:literal;)*) => {
        /// Reading one thing.
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The problem that the daemon names, or that it cannot be reached.
                pub async fn $name(&self $(, $arg: &str)*) -> Got<$out> {
                    self.get(&format!($path, $($arg = part($arg)),*)).await
                }
            )*
        }
    };
}

gets! {
    /// How the node is.
    status() -> Status = "/api/v1/status";
    /// One own intent.
    intent(id) -> OwnIntent = "/api/v1/intents/{id}";
    /// All offers on an own intent, best first.
    offers_on(id) -> Comparison = "/api/v1/intents/{id}/offers";
    /// One match.
    matched(id) -> Heard = "/api/v1/matches/{id}";
    /// This node's own card.
    own_card() -> Card = "/api/v1/cards/own";
    /// One card.
    card(id) -> Card = "/api/v1/cards/{id}";
    /// One talk.
    offer(id) -> Deal = "/api/v1/offers/{id}";
    /// The standing choice of terms.
    terms_policy() -> TermsPolicy = "/api/v1/terms/policy";
    /// One conduit.
    conduit(id) -> Conduit = "/api/v1/conduits/{id}";
    /// One entry of a conduit's journal.
    entry(conduit, entry) -> JournalEntry = "/api/v1/conduits/{conduit}/entries/{entry}";
    /// One receipt, whole.
    receipt(key) -> ReceiptFound = "/api/v1/receipts/{key}";
    /// One case with its timeline.
    case(id) -> Case = "/api/v1/cases/{id}";
    /// One blob.
    blob(id) -> Blob = "/api/v1/blobs/{id}";
    /// What is here of a blob, checked.
    check_blob(id) -> CheckedBlob = "/api/v1/blobs/{id}/check";
    /// How others reach this node.
    invite() -> Invite = "/api/v1/invite";
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident -> $item:ty = $path:literal;)*) => {
        /// Reading lists, a page at a time.
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The problem that the daemon names, or that it cannot be reached.
                pub async fn $name(&self, page: &PageQuery) -> Got<Page<$item>> {
                    self.page($path, page).await
                }
            )*
        }
    };
}

lists! {
    /// Own intents, newest first.
    intents -> OwnIntent = "/api/v1/intents";
    /// Matches in the order in which they were heard.
    matches -> Heard = "/api/v1/matches";
    /// Filters by name.
    filters -> Filter = "/api/v1/filters";
    /// Cards by name.
    cards -> Card = "/api/v1/cards";
    /// Talks, the last touched first.
    offers -> Deal = "/api/v1/offers";
    /// The roster.
    roster -> Agreement = "/api/v1/terms";
    /// The terms log, oldest first.
    terms_log -> TermsLine = "/api/v1/terms/log";
    /// Conduits, oldest first.
    conduits -> Conduit = "/api/v1/conduits";
    /// Invitations, given and taken, oldest first.
    invitations -> Invitation = "/api/v1/invitations";
    /// Every receipt, the last sale first.
    receipts -> ReceiptFound = "/api/v1/receipts";
    /// What receipts make the customer the owner of.
    things -> Thing = "/api/v1/receipts/things";
    /// The cases of all conduits.
    cases -> Case = "/api/v1/cases";
    /// Blobs, oldest first.
    blobs -> Blob = "/api/v1/blobs";
    /// Neighbours by name.
    peers -> Peer = "/api/v1/peers";
    /// Everything that left.
    outbox -> OutboxLine = "/api/v1/outbox";
}

/// Writing.
///
/// Each call fails with the problem that the daemon names, or that it cannot be reached.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
impl Client {
    /// Asks the daemon to stop.
    pub async fn stop(&self) -> Got<Done> {
        self.post("/api/v1/stop").await
    }

    /// Shows exactly what would leave; nothing leaves.
    pub async fn preview(&self, draft: &IntentDraft) -> Got<Preview> {
        self.send(Method::POST, "/api/v1/intents/preview", draft).await
    }

    /// Casts what a preview showed.
    pub async fn cast_prepared(&self, id: &Cid) -> Got<Done> {
        self.post(&format!("/api/v1/intents/{id}/cast")).await
    }

    /// Casts an intent at once.
    pub async fn cast(&self, draft: &IntentDraft) -> Got<Done> {
        self.send(Method::POST, "/api/v1/intents", draft).await
    }

    /// Ends an own intent.
    pub async fn withdraw(&self, id: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/intents/{}", part(id)), None).await
    }

    /// A conduit's journal, in causal order.
    pub async fn journal(&self, conduit: &str, page: &PageQuery) -> Got<Page<JournalEntry>> {
        self.page(&format!("/api/v1/conduits/{}/journal", part(conduit)), page).await
    }

    /// Checks a conduit's journal.
    pub async fn check_journal(&self, conduit: &str) -> Got<Checked> {
        self.call(Method::GET, &format!("/api/v1/conduits/{}/journal/check", part(conduit)), None).await
    }

    /// Writes a note into a conduit's journal.
    pub async fn note(&self, conduit: &str, text: &str) -> Got<Done> {
        self.note_with(conduit, text, Vec::new()).await
    }

    /// Writes a note with files that were attached.
    pub async fn note_with(&self, conduit: &str, text: &str, files: Vec<Attached>) -> Got<Done> {
        let draft = NoteDraft { note: text.to_owned(), files };
        self.send(Method::POST, &format!("/api/v1/conduits/{}/journal", part(conduit)), &draft).await
    }

    /// Makes a photo of a file: the bytes that may be attached.
    pub async fn photo(&self, file: Vec<u8>) -> Got<Vec<u8>> {
        self.bytes(Method::POST, "/api/v1/photos", Some(file)).await?.bytes()
    }

    /// Puts a file beside a conduit's journal.
    pub async fn attach(
        &self,
        conduit: &str,
        file: Vec<u8>,
        media: &str,
        alt: Option<&str>,
    ) -> Got<Attached> {
        let alt = alt.map_or_else(String::new, |alt| format!("&alt={}", part(alt)));
        let path = format!("/api/v1/conduits/{}/blobs?media={}{alt}", part(conduit), part(media));
        self.bytes(Method::POST, &path, Some(file)).await?.json()
    }

    /// Writes an entry that shows photos.
    pub async fn show_photos(&self, conduit: &str, draft: &PhotosDraft) -> Got<Done> {
        self.send(Method::POST, &format!("/api/v1/conduits/{}/photos", part(conduit)), draft).await
    }

    /// What is in a blob.
    pub async fn blob_bytes(&self, blob: &str) -> Got<Vec<u8>> {
        self.bytes(Method::GET, &format!("/api/v1/blobs/{}/bytes", part(blob)), None).await?.bytes()
    }

    /// Fetches a blob from the other side.
    pub async fn fetch_blob(&self, blob: &str) -> Got<Done> {
        self.post(&format!("/api/v1/blobs/{}/fetch", part(blob))).await
    }

    /// Erases what entries say here, and asks the other side to do the same.
    pub async fn erase(&self, conduit: &str, entries: &[String]) -> Got<Done> {
        let draft = EraseDraft { entries: entries.to_vec() };
        self.send(Method::POST, &format!("/api/v1/conduits/{}/journal/erase", part(conduit)), &draft).await
    }

    /// Sets what this side of a conduit takes.
    pub async fn set_policy(&self, conduit: &str, policy: &Policy) -> Got<Conduit> {
        self.send(Method::PUT, &format!("/api/v1/conduits/{}/policy", part(conduit)), policy).await
    }

    /// Turns to new keys in a conduit, or hands this side over to a firm of that name.
    pub async fn turn_keys(&self, conduit: &str, to: Option<Text<120>>) -> Got<Conduit> {
        let path = format!("/api/v1/conduits/{}/keys", part(conduit));
        self.send(Method::POST, &path, &KeysDraft { to }).await
    }

    /// Agrees to whoever took over the other side of a conduit, or closes it.
    pub async fn answer_successor(&self, conduit: &str, agrees: bool) -> Got<Conduit> {
        let path = format!("/api/v1/conduits/{}/successor", part(conduit));
        self.send(Method::POST, &path, &ConsentDraft { agrees }).await
    }

    /// Requests to erase in a conduit's journal, and what became of them.
    pub async fn erasures(&self, conduit: &str, page: &PageQuery) -> Got<Page<Erasure>> {
        self.page(&format!("/api/v1/conduits/{}/erasures", part(conduit)), page).await
    }

    /// Opens, pauses or closes a conduit on this side.
    pub async fn set_conduit(&self, conduit: &str, state: ConduitState) -> Got<Conduit> {
        let draft = StateDraft { state };
        self.send(Method::PUT, &format!("/api/v1/conduits/{}/state", part(conduit)), &draft).await
    }

    /// Writes an entry of any kind.
    pub async fn write_entry(&self, conduit: &str, draft: &EntryDraft) -> Got<Done> {
        self.send(Method::POST, &format!("/api/v1/conduits/{}/entries", part(conduit)), draft).await
    }

    /// Keeps receipts that the customer made herself.
    pub async fn keep_receipts(&self, receipts: &OwnReceipts) -> Got<Kept> {
        self.send(Method::POST, "/api/v1/receipts", receipts).await
    }

    /// Forgets a receipt that the customer made herself.
    pub async fn forget_receipt(&self, key: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/receipts/{}", part(key)), None).await
    }

    /// Issues a receipt as the vendor of a conduit.
    pub async fn issue_receipt(&self, conduit: &str, draft: &IssueDraft) -> Got<Issued> {
        self.send(Method::POST, &format!("/api/v1/conduits/{}/receipts", part(conduit)), draft).await
    }

    /// Receipts as files for bookkeepers and other programs.
    pub async fn export_receipts(&self, asked: &ExportQuery) -> Got<Vec<Sheet>> {
        let named = [
            ("as", Some(asked.format.clone())),
            ("since", asked.since.map(String::from)),
            ("before", asked.before.map(String::from)),
            ("expense", asked.expense.clone()),
            ("tax", asked.tax.clone()),
            ("paid", asked.paid.clone()),
        ];
        let query =
            named.iter().filter_map(|(name, value)| Some(format!("{name}={}", part(value.as_ref()?))));
        self.get(&format!("/api/v1/receipts/export?{}", query.collect::<Vec<_>>().join("&"))).await
    }

    /// Opens a case.
    pub async fn open_case(&self, draft: &CaseDraft) -> Got<Done> {
        self.send(Method::POST, "/api/v1/cases", draft).await
    }

    /// Takes a step in a case.
    pub async fn step_case(&self, case: &str, draft: &StepDraft) -> Got<Done> {
        self.send(Method::POST, &format!("/api/v1/cases/{}/steps", part(case)), draft).await
    }

    /// Ends a case.
    pub async fn close_case(&self, case: &str, draft: &StepDraft) -> Got<Done> {
        self.send(Method::POST, &format!("/api/v1/cases/{}/close", part(case)), draft).await
    }

    /// Shows who would get a disclosure; nothing is written.
    pub async fn preview_disclosure(&self, draft: &DisclosureDraft) -> Got<Disclosures> {
        self.send(Method::POST, "/api/v1/disclosures/preview", draft).await
    }

    /// Discloses.
    pub async fn disclose(&self, draft: &DisclosureDraft) -> Got<Disclosures> {
        self.send(Method::POST, "/api/v1/disclosures", draft).await
    }

    /// Declines the terms of a match.
    pub async fn decline_terms(&self, id: &str) -> Got<Done> {
        self.post(&format!("/api/v1/matches/{}/decline-terms", part(id))).await
    }

    /// Keeps a filter.
    pub async fn save_filter(&self, name: &str, source: &str) -> Got<Done> {
        let draft = FilterDraft { source: source.to_owned() };
        self.send(Method::PUT, &format!("/api/v1/filters/{}", part(name)), &draft).await
    }

    /// Forgets a filter.
    pub async fn remove_filter(&self, name: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/filters/{}", part(name)), None).await
    }

    /// Publishes this node's card.
    pub async fn publish_card(&self, draft: &CardDraft) -> Got<Done> {
        self.send(Method::POST, "/api/v1/cards", draft).await
    }

    /// The document that proves the card's domain.
    pub async fn domain_proof(&self) -> Got<DomainProof> {
        self.post("/api/v1/cards/own/proof").await
    }

    /// Offers on a match.
    pub async fn make_offer(&self, draft: &OfferDraft) -> Got<Done> {
        self.send(Method::POST, "/api/v1/offers", draft).await
    }

    /// Shows exactly what would leave with an offer; nothing leaves.
    pub async fn preview_offer(&self, draft: &OfferDraft) -> Got<OfferPreview> {
        self.send(Method::POST, "/api/v1/offers/preview", draft).await
    }

    /// Sends what a preview showed.
    pub async fn send_prepared(&self, id: &Cid) -> Got<Done> {
        self.post(&format!("/api/v1/offers/{id}/send")).await
    }

    /// Asks the one question.
    pub async fn ask(&self, offer: &str, text: &str) -> Got<Done> {
        self.about(offer, "ask", &Say { text: text.to_owned() }).await
    }

    /// Answers it.
    pub async fn answer(&self, offer: &str, text: &str) -> Got<Done> {
        self.about(offer, "answer", &Say { text: text.to_owned() }).await
    }

    /// Makes the one counter.
    pub async fn counter(&self, offer: &str, draft: &ProposalDraft) -> Got<Done> {
        self.about(offer, "counter", draft).await
    }

    /// Accepts.
    pub async fn accept(&self, offer: &str) -> Got<Done> {
        self.post(&format!("/api/v1/offers/{}/accept", part(offer))).await
    }

    /// Confirms.
    pub async fn confirm(&self, offer: &str) -> Got<Done> {
        self.post(&format!("/api/v1/offers/{}/confirm", part(offer))).await
    }

    /// Declines.
    pub async fn decline(&self, offer: &str, reason: Reason) -> Got<Done> {
        self.about(offer, "decline", &Declined { reason }).await
    }

    /// Gives an invitation.
    pub async fn give_invitation(&self, draft: &InvitationDraft) -> Got<Invitation> {
        self.send(Method::POST, "/api/v1/invitations", draft).await
    }

    /// Takes the invitation in a link.
    pub async fn join(&self, draft: &JoinDraft) -> Got<Invitation> {
        self.send(Method::POST, "/api/v1/invitations/join", draft).await
    }

    /// Withdraws an invitation.
    pub async fn withdraw_invitation(&self, id: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/invitations/{}", part(id)), None).await
    }

    /// Sets the standing choice of terms.
    pub async fn set_terms(&self, policy: &TermsPolicy) -> Got<Done> {
        self.send(Method::PUT, "/api/v1/terms/policy", policy).await
    }

    /// Dials a node and keeps a connection to it.
    pub async fn add_peer(&self, address: &str) -> Got<Peer> {
        self.send(Method::POST, "/api/v1/peers", &PeerAddress { address: address.to_owned() }).await
    }

    /// Forgets a node.
    pub async fn remove_peer(&self, peer: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/peers/{}", part(peer)), None).await
    }

    /// Measures the round trip to a node.
    pub async fn ping(&self, peer: &str) -> Got<Pong> {
        self.post(&format!("/api/v1/peers/{}/ping", part(peer))).await
    }

    /// How the node stands with mailboxes.
    pub async fn mailboxes(&self) -> Got<Mailboxes> {
        self.get("/api/v1/mailboxes").await
    }

    /// Has letters held at a node.
    pub async fn add_mailbox(&self, address: &str) -> Got<Mailbox> {
        self.send(Method::POST, "/api/v1/mailboxes", &PeerAddress { address: address.to_owned() }).await
    }

    /// Stops using a mailbox.
    pub async fn remove_mailbox(&self, peer: &str) -> Got<Done> {
        self.call(Method::DELETE, &format!("/api/v1/mailboxes/{}", part(peer)), None).await
    }

    /// Holds letters for others, or takes in no new ones.
    pub async fn serve_mailbox(&self, on: bool) -> Got<Done> {
        self.send(Method::PUT, "/api/v1/mailboxes/service", &ServeDraft { on }).await
    }

    async fn about(&self, offer: &str, verb: &str, body: &impl Serialize) -> Got<Done> {
        self.send(Method::POST, &format!("/api/v1/offers/{}/{verb}", part(offer)), body).await
    }

    async fn page<T: DeserializeOwned>(&self, path: &str, page: &PageQuery) -> Got<Page<T>> {
        let mut query = Vec::new();
        query.extend(page.limit.map(|limit| format!("limit={limit}")));
        query.extend(page.cursor.as_deref().map(|cursor| format!("cursor={}", part(cursor))));
        self.get(&format!("{path}?{}", query.join("&"))).await
    }
}

/// A piece of text as one segment of a path (RFC 3986: everything but unreserved characters is escaped).
fn part(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            // Writing to a string does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_stays_one_segment() {
        assert_eq!(part("../stop?x"), "..%2Fstop%3Fx");
        assert_eq!(part("did:key:z6Mk"), "did%3Akey%3Az6Mk");
        assert_eq!(part("Über"), "%C3%9Cber");
    }
}
