//! Numbers for what waits for a word from the machine, and the network's own handles behind them.
//!
//! Knows: the handles by number, the oldest dropped when there are too many (the network has given up on those).
//! Must not know what waits.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use vrm_net::{CallRef, LetterRef, MessageRef};
use vrm_protocol::calls::CallTag;
use vrm_protocol::{LetterTag, MessageTag};

/// Messages that may wait for a verdict: all that the intake, the inputs and one group can hold, and room to spare.
const MESSAGES: usize = 4096;
/// Letters that may wait for a receipt: each for fifteen seconds at most.
const LETTERS: usize = 1024;

/// Calls that may wait for an answer: all that the network lets wait.
const CALLS: usize = 512;

/// All tables; one side adds, the other takes.
#[derive(Debug)]
pub(crate) struct Tags {
    messages: Table<MessageRef>,
    letters: Table<LetterRef>,
    calls: Table<CallRef>,
}

impl Tags {
    pub(crate) fn new() -> Self {
        Self { messages: Table::new(MESSAGES), letters: Table::new(LETTERS), calls: Table::new(CALLS) }
    }

    pub(crate) fn message(&self, handle: MessageRef) -> MessageTag {
        MessageTag(self.messages.add(handle))
    }

    pub(crate) fn letter(&self, handle: LetterRef) -> LetterTag {
        LetterTag(self.letters.add(handle))
    }

    pub(crate) fn call(&self, handle: CallRef) -> CallTag {
        CallTag(self.calls.add(handle))
    }

    pub(crate) fn take_message(&self, tag: MessageTag) -> Option<MessageRef> {
        self.messages.take(tag.0)
    }

    pub(crate) fn take_letter(&self, tag: LetterTag) -> Option<LetterRef> {
        self.letters.take(tag.0)
    }

    pub(crate) fn take_call(&self, tag: CallTag) -> Option<CallRef> {
        self.calls.take(tag.0)
    }
}

#[derive(Debug)]
struct Table<T> {
    rows: Mutex<Rows<T>>,
    most: usize,
}

#[derive(Debug)]
struct Rows<T> {
    by_number: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Table<T> {
    fn new(most: usize) -> Self {
        Self { rows: Mutex::new(Rows { by_number: BTreeMap::new(), next: 0 }), most }
    }

    fn add(&self, handle: T) -> u64 {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.by_number.len() >= self.most {
            rows.by_number.pop_first();
        }
        let number = rows.next;
        rows.next += 1;
        rows.by_number.insert(number, handle);
        number
    }

    fn take(&self, number: u64) -> Option<T> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).by_number.remove(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_taken_once_and_the_oldest_makes_room() {
        let table = Table::new(2);
        let (first, second, third) = (table.add('a'), table.add('b'), table.add('c'));
        assert_eq!(table.take(first), None);
        assert_eq!((table.take(second), table.take(second)), (Some('b'), None));
        assert_eq!(table.take(third), Some('c'));
    }
}
