//! The run's fingerprint: a hash chain over everything a node wrote, said and decided.

use vrm_core::Hash;
use vrm_protocol::{Effects, Send};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace(Hash);

impl Trace {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Hash::of("trace", &[&seed.to_be_bytes()]))
    }

    /// Adds a line.
    pub(crate) fn note(&mut self, line: &[u8]) {
        self.0 = Hash::of("trace", &[&self.0.0, line]);
    }

    /// Adds what one input came to.
    pub(crate) fn effects(&mut self, node: usize, now: u64, effects: &Effects) {
        let mut line =
            format!("{node} {now} {:?} {:?} {:?}", effects.verdicts, effects.penalties, effects.wake)
                .into_bytes();
        for (key, value) in effects.batch.ops() {
            line.extend_from_slice(key);
            line.extend_from_slice(value.unwrap_or(b"deleted"));
        }
        effects.sends.iter().for_each(|send| sent(&mut line, send));
        line.extend_from_slice(format!("{:?}", effects.reply).as_bytes());
        self.note(&line);
    }

    /// The fingerprint so far.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0
    }
}

fn sent(line: &mut Vec<u8>, send: &Send) {
    match send {
        Send::Gossip(publication) => {
            line.extend_from_slice(publication.line.topic().name().as_bytes());
            line.extend_from_slice(&publication.bytes);
        }
        Send::Letter { tag, to, bytes, .. } => {
            line.extend_from_slice(format!("{tag:?} {to}").as_bytes());
            line.extend_from_slice(bytes);
        }
        other => line.extend_from_slice(format!("{other:?}").as_bytes()),
    }
}
