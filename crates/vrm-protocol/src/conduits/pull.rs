//! What one side fetches of the other's journal over a stream: several spans are asked for at a time, and taken in one
//! after the other, so that the line is busy while entries are verified and written.
//!
//! Knows: which spans were asked for and in what order. Must not know how a question travels or what an entry is.

use std::collections::VecDeque;

use vrm_journal::{Heads, Span, difference};

use super::line::{MAX_ENTRIES, Verified};
use crate::effects::SendTag;

/// Spans asked for at a time. With the longest answers they hold one mebibyte.
const WINDOW: usize = 4;

/// See the module.
#[derive(Debug)]
pub(super) struct Pull {
    asked: VecDeque<Asked>,
    stride: u64,
}

#[derive(Debug)]
struct Asked {
    tag: SendTag,
    span: Span,
    answer: Option<Vec<Verified>>,
}

impl Default for Pull {
    fn default() -> Self {
        Self { asked: VecDeque::new(), stride: MAX_ENTRIES as u64 }
    }
}

impl Pull {
    /// The next span to ask for; `None` when nothing is lacking, or enough is under way.
    pub(super) fn next(&self, mine: &Heads, theirs: &Heads) -> Option<Span> {
        if self.asked.len() >= WINDOW {
            return None;
        }
        difference(mine, theirs).want.into_iter().find_map(|span| self.rest(span))
    }

    /// What of a span nobody asked for yet, as much as one answer is likely to hold.
    fn rest(&self, Span { writer, from, to }: Span) -> Option<Span> {
        let asked = self.asked.iter().filter(|asked| asked.span.writer == writer);
        let from = asked.map(|asked| asked.span.to + 1).fold(from, u64::max);
        (from <= to).then(|| Span { writer, from, to: to.min(from.saturating_add(self.stride - 1)) })
    }

    pub(super) fn ask(&mut self, tag: SendTag, span: Span) {
        self.asked.push_back(Asked { tag, span, answer: None });
    }

    /// An answer is here; false when nobody waits for it any more.
    pub(super) fn answered(&mut self, tag: SendTag, entries: Vec<Verified>) -> bool {
        let waiting = self.asked.iter_mut().find(|asked| asked.tag == tag);
        waiting.map(|asked| asked.answer = Some(entries)).is_some()
    }

    /// Whether the next answer in order is here.
    pub(super) fn is_ready(&self) -> bool {
        self.asked.front().is_some_and(|asked| asked.answer.is_some())
    }

    /// Takes the next answer in order. When it holds less than was asked for, what was asked for behind it is let go:
    /// it would not follow.
    pub(super) fn take(&mut self) -> Option<Vec<Verified>> {
        if !self.is_ready() {
            return None;
        }
        let Asked { span, answer, .. } = self.asked.pop_front()?;
        let entries = answer.unwrap_or_default();
        let count = entries.len() as u64;
        if count < span.count() {
            self.asked.clear();
            self.stride = count.max(1);
        } else {
            self.stride = self.stride.saturating_mul(2).min(MAX_ENTRIES as u64);
        }
        Some(entries)
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.asked.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_core::object::entry::Head;
    use vrm_core::{Cid, Hash, PublicKey};

    fn at(seq: u64) -> Heads {
        let mut heads = Heads::new(Hash::plain(b"conduit"));
        let writer = PublicKey::from_bytes([7; 32]);
        if seq > 0 {
            heads.learn(&Head { writer, seq, id: Cid::of(&seq.to_be_bytes()) }).unwrap();
        }
        heads
    }

    fn asked(pull: &mut Pull, mine: u64, theirs: u64) -> Vec<(u64, u64)> {
        let mut spans = Vec::new();
        while let Some(span) = pull.next(&at(mine), &at(theirs)) {
            pull.ask(SendTag(span.from), span);
            spans.push((span.from, span.to));
        }
        spans
    }

    fn entries(count: u64) -> Vec<Verified> {
        (0..count).map(|_| Err(super::super::line::Forged)).collect()
    }

    #[test]
    fn a_few_spans_are_asked_for_at_a_time_and_taken_in_order() {
        let mut pull = Pull::default();
        assert_eq!(asked(&mut pull, 0, 1000), [(1, 128), (129, 256), (257, 384), (385, 512)]);
        assert!(pull.answered(SendTag(129), entries(128)) && !pull.is_ready());
        assert!(pull.take().is_none());
        assert!(pull.answered(SendTag(1), entries(128)));
        assert_eq!((pull.take().unwrap().len(), pull.take().unwrap().len()), (128, 128));
        assert_eq!(asked(&mut pull, 256, 1000), [(513, 640), (641, 768)]);
    }

    #[test]
    fn a_short_answer_lets_go_what_was_asked_for_behind_it_and_shortens_the_stride() {
        let mut pull = Pull::default();
        asked(&mut pull, 0, 1000);
        assert!(pull.answered(SendTag(1), entries(4)));
        assert_eq!(pull.take().unwrap().len(), 4);
        assert!(!pull.answered(SendTag(129), entries(128)), "nobody waits for it");
        assert_eq!(asked(&mut pull, 4, 1000), [(5, 8), (9, 12), (13, 16), (17, 20)]);
        assert!(pull.answered(SendTag(5), entries(4)));
        assert_eq!(pull.take().unwrap().len(), 4);
        assert_eq!(asked(&mut pull, 8, 1000), [(21, 28)], "it grows again");
    }

    #[test]
    fn nothing_is_asked_for_when_nothing_is_lacking() {
        let pull = Pull::default();
        assert_eq!(pull.next(&at(9), &at(9)), None);
        assert!(pull.is_idle());
    }
}
