//! The cast: alice and her phone, acme and its second desk, eve; and what they write.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test that includes this file uses a part of it"
)]

use vrm_core::body_seal::SizeClass;
use vrm_core::envelope::{Payload, sign};
use vrm_core::object::{Entry, entry};
use vrm_core::value::Timestamp;
use vrm_core::{Hash, PublicKey, Signed, Signer};
use vrm_journal::{Heads, Journal, Judgement};

/// When it all began: 15 January 2027.
pub const AT: u64 = 1_800_000_000;
const YEAR: u64 = 365 * 86_400;

pub fn conduit() -> Hash {
    Hash::of("conduit", &[b"alice and acme"])
}

/// The pairwise identities: alice's, acme's.
pub fn identities() -> [Signer; 2] {
    [Signer::from_seed(&[0xa1; 32]), Signer::from_seed(&[0xac; 32])]
}

pub fn sides() -> [PublicKey; 2] {
    identities().map(|identity| identity.public())
}

pub fn journal() -> Journal {
    Journal::new(conduit(), sides())
}

/// A device that writes one chain.
#[derive(Clone)]
pub struct Device {
    pub signer: Signer,
    side: Signer,
    last: Option<Signed<Entry>>,
    named: Heads,
    clock: u64,
}

impl Device {
    /// A device of alice (0) or acme (1).
    pub fn new(side: usize, seed: u8) -> Self {
        let side = identities()[side].clone();
        let signer = Signer::from_seed(&[seed; 32]);
        Self { signer, side, last: None, named: Heads::new(conduit()), clock: AT }
    }

    pub fn key(&self) -> PublicKey {
        self.signer.public()
    }

    /// Sets the clock, so many seconds after it all began.
    pub fn at(&mut self, seconds: u64) -> &mut Self {
        self.clock = AT + seconds;
        self
    }

    /// The next entry as a body, with what is seen in a journal.
    pub fn draft(&mut self, seen: &Journal, text: &str) -> Entry {
        let seen = seen.heads().news(&self.named, &self.key());
        seen.iter().for_each(|head| self.named.learn(head).unwrap());
        let seq = self.last.as_ref().map_or(1, |last| last.body().seq + 1);
        Entry {
            conduit: conduit(),
            seq,
            prev: self.last.as_ref().map(Signed::id),
            seen,
            subtype: "note".parse().unwrap(),
            body: Hash::of("body", &[&[0; 32], text.as_bytes()]),
            size: SizeClass::default(),
            cert: (seq == 1).then(|| entry::certify(&conduit(), &self.key(), &self.side)),
        }
    }

    pub fn sign(&self, body: Entry) -> Signed<Entry> {
        let moment = |seconds| Timestamp::new(seconds).unwrap();
        let nonce = Hash::of("nonce", &[&body.body.0, &body.seq.to_be_bytes()]).0;
        let payload = Payload::new(
            self.key(),
            moment(self.clock),
            moment(self.clock + YEAR),
            nonce[..16].try_into().unwrap(),
            body,
        );
        sign(payload, &self.signer).unwrap()
    }

    /// Writes the next entry, without giving it to any journal.
    pub fn write(&mut self, seen: &Journal, text: &str) -> Signed<Entry> {
        self.clock += 1;
        let draft = self.draft(seen, text);
        let entry = self.sign(draft);
        self.last = Some(entry.clone());
        entry
    }

    /// Writes the next entry into a journal.
    pub fn note(&mut self, journal: &mut Journal, text: &str) -> Signed<Entry> {
        let entry = self.write(journal, text);
        assert_eq!(journal.insert(&entry), Ok(Judgement::New));
        entry
    }
}

/// Both sides tell each other their heads, and give what the other lacks.
pub fn sync(one: &mut Journal, other: &mut Journal) {
    let (ones, others) = (one.heads(), other.heads());
    let to_one: Vec<_> = other.lacking(&ones).into_iter().cloned().collect();
    let to_other: Vec<_> = one.lacking(&others).into_iter().cloned().collect();
    to_one.iter().for_each(|entry| drop(one.insert(entry).unwrap()));
    to_other.iter().for_each(|entry| drop(other.insert(entry).unwrap()));
}
