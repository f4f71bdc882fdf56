//! First byte of every key: one for each table.
//!
//! Knows: letters, each used once. Must not know what is under them.

/// Root secret, policies, and other single values.
pub const META: u8 = b'm';
/// Own intents by id.
pub const INTENT: u8 = b'i';
/// The event stream by sequence number; matched intents live in it.
pub const EVENT: u8 = b'e';
/// Vendor cards by issuer and series.
pub const CARD: u8 = b'c';
/// Filters by name.
pub const FILTER: u8 = b'f';
/// Talks by offer id.
pub const DEAL: u8 = b'd';
/// Offer ids by intent and vendor, so that the offers of one intent are one range.
pub const BY_INTENT: u8 = b'b';
/// Boxes of this node by hash.
pub const BOX: u8 = b'x';
/// Letters taken in, by id, until they expire: a letter that comes twice is stored once.
pub const LETTER: u8 = b'l';
/// Terms records by the hash of what is signed.
pub const AGREEMENT: u8 = b'a';
/// Conduits by id.
pub const CONDUIT: u8 = b'k';
/// Receipts that the customer made herself, by their content.
pub const RECEIPT: u8 = b'r';
/// The ledger of what left.
pub const OUTBOX: u8 = b'o';
/// Letters that wait to be delivered.
pub const QUEUE: u8 = b'q';
/// Remembered nodes.
pub const PEER: u8 = b'n';
/// Withdrawn intents of others until they would have expired.
pub const WITHDRAWN: u8 = b'w';
/// Journal entries by conduit, writer and number.
pub const ENTRY: u8 = b't';
/// Places of journal entries by conduit and id.
pub const ENTRY_PLACE: u8 = b'u';
/// How far each conduit's journal goes.
pub const JOURNAL: u8 = b'j';
/// Conduits whose other side must be asked for what is missing here.
pub const ASK: u8 = b'v';
/// The key this node writes its own chain of a conduit with. Not used again after a restoration.
pub const WRITER: u8 = b's';
/// Conduits by the letters under way for them.
pub const CONDUIT_MAIL: u8 = b'y';
/// Requests of other sides to erase that are still to be done.
pub const ERASING: u8 = b'h';
/// Live intents and withdrawals by id that have no other place, kept for nodes that slept.
pub const SHELF: u8 = b'g';
/// Who is to act next in each support case, by conduit and case.
pub const AWAITED: u8 = b'W';
/// Conduits whose support cases are to be read anew.
pub const CASES_ANEW: u8 = b'V';
/// Proofs that a writer signed two entries for one place.
pub const FORK: u8 = b'z';
/// Mailboxes this node uses, by transport name.
pub const MAILBOX: u8 = b'M';
/// Boxes that letters are held for here, by hash.
pub const HELD_BOX: u8 = b'S';
/// Letters held here for others, by collector and place.
pub const HELD: u8 = b'H';
/// What became of letters held here, by id.
pub const FATE: u8 = b'F';
/// What the other side of a conduit holds once a letter that lies in a mailbox has arrived, by conduit and letter.
pub const AHEAD: u8 = b'A';
/// Messages of each conduit that count against a policy, by conduit and way.
pub const USED: u8 = b'R';
/// How much of a conduit's journal the other side has filled.
pub const FILLED: u8 = b'L';
/// How far contents of a chain have ended, by conduit and writer.
pub const ENDED: u8 = b'T';
/// Invitations this node gave, by id.
pub const INVITATION: u8 = b'I';
/// Invitations this node took, by id.
pub const JOINING: u8 = b'J';
/// Blobs by conduit and id.
pub const BLOB: u8 = b'B';
/// What is still to be done about blobs.
pub const CHORE: u8 = b'D';
/// Chunks of blobs by conduit, blob and number.
pub const CHUNK: u8 = b'C';
/// Own blobs by conduit and the keyed hash of their plain bytes.
pub const KNOWN: u8 = b'K';
/// Which entries name which blobs, by conduit, blob and entry.
pub const NAMED: u8 = b'N';
/// Bytes that the blobs of each conduit take.
pub const SUM: u8 = b'Q';

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn each_letter_stands_for_one_table() {
        let letters = || include_str!("table.rs").lines().filter_map(|line| line.split_once(": u8 = b'"));
        let names: Vec<_> = letters().map(|(_, letter)| letter).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.len() > 40, "they are found");
    }
}
