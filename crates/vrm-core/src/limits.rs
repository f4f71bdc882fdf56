//! The protocol's numbers, each with its reason. What an operator may change lives in configuration;
//! these are the bounds that every node must see the same way.

/// Largest payload on a gossip topic, in bytes: eight pages keep a flood of them bounded.
pub const GOSSIP_PAYLOAD: usize = 8 * 1024;
/// Largest payload of a letter, in bytes: the 64 KiB bucket, its encapsulated key and tag, and the record around it.
pub const LETTER_PAYLOAD: usize = 70 * 1024;
/// Largest object inside a letter before padding, in bytes: the 64 KiB bucket less its length prefix.
pub const SEALED_PLAINTEXT: usize = 64 * 1024 - 4;
/// Largest payload of an invitation, in bytes: as base64 with what stands around it, it fits the largest QR code.
pub const INVITATION_PAYLOAD: usize = 2 * 1024;
/// What COSE adds around a payload at most: tag, header with key id, signature and length prefixes.
pub const ENVELOPE_OVERHEAD: usize = 160;
/// Deepest nesting of CBOR that is read. Objects here need five.
pub const CBOR_DEPTH: usize = 16;
/// Longest life of an intent, in seconds: thirty days, then it is asked again.
pub const INTENT_LIFE: u64 = 30 * 86_400;
/// Longest life of a vendor card, in seconds.
pub const CARD_LIFE: u64 = 90 * 86_400;
/// Longest life of a letter, in seconds: it outlives no intent.
pub const LETTER_LIFE: u64 = 30 * 86_400;
/// Longest life of a journal's entry, in seconds: a hundred years. What both sides keep for so long, they keep for good.
pub const ENTRY_LIFE: u64 = 36_525 * 86_400;
/// Heads of other chains that one entry names: more devices than write between two entries of one.
pub const SEEN: usize = 16;
/// Last place in a chain: what every JSON reader still counts exactly, and nobody reaches.
pub const CHAIN: u64 = 9_007_199_254_740_991;
/// How far clocks may differ, in seconds: laptops are worse than servers, deadlines here are days.
pub const CLOCK_SKEW: u64 = 600;
/// Offers a customer takes on one intent unless she says otherwise.
pub const OFFER_CAP: u8 = 5;
/// Most offers an intent may ask for: attention is the scarce good.
pub const OFFER_CAP_MAX: u8 = 64;
/// Mailboxes an intent may name.
pub const ROUTES: usize = 3;
/// Agreements an intent may proffer.
pub const TERMS: usize = 8;
/// Categories on one object.
pub const CATEGORIES: usize = 8;
/// Properties an intent may carry, and the bytes of one text among them.
pub const PROPS: usize = 16;
/// Lines of one offer, and parts of its price.
pub const OFFER_LINES: usize = 64;
/// Proof of work on intents and cards, in leading zero bits: about a second of one core.
pub const WORK_GOSSIP: u8 = 20;
/// Proof of work on a vendor's first letter to an intent, in leading zero bits.
pub const WORK_FIRST_OFFER: u8 = 16;
/// Most work this program does for a stranger, in leading zero bits: a few seconds of one core. An intent may ask for
/// more, and then gets no answer from here.
pub const WORK_WILLING: u8 = 22;
/// Most work anyone may ask for: beyond it nobody could answer.
pub const WORK_MAX: u8 = 32;
