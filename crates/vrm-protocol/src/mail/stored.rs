//! Own letters that lie in mailboxes: the receipts this node holds for them, and how each letter ended.
//!
//! Knows: what a mailbox may say, and whose word ends a letter. A mailbox's own word ends none: only its reader's does,
//! signed with the key that the writer knows it by. Must not know when a letter is tried.

use vrm_core::Cid;

use super::frame::Receipt;
use super::queue;
use crate::event::Event;
use crate::mailbox::{Deposit, Deposited, PostAnswer, Sworn, Word, post};
use crate::peer::Peer;
use crate::records::{Ending, LetterEnd, OutboxLine, Queued, key, table};
use crate::refusal::Refusal;
use crate::turn::Turn;

/// What a mailbox is asked: to hold the letter, or what became of it.
pub(super) fn question(letter: &Cid, mailbox: &Peer, queued: &Queued) -> Vec<u8> {
    let lies_there = queued.deposits.iter().any(|deposit| deposit.mailbox == *mailbox);
    if lies_there { post::inquire(*letter) } else { post::deposit(&queued.raw) }
}

/// Notes what a mailbox says; gives the reader's word when it brings it.
pub(super) fn note(
    turn: &mut Turn<'_>,
    letter: &Cid,
    mailbox: &Peer,
    queued: &mut Queued,
    answer: Option<PostAnswer>,
) -> Option<Receipt> {
    match answer? {
        PostAnswer::Held(receipt) if receipt.says().letter == *letter => {
            held(turn, letter, mailbox, queued, &receipt);
            None
        }
        PostAnswer::Over(word) => over(turn, letter, mailbox, queued, word),
        // It knows nothing of the letter: it has lost its disk, and gets the letter again.
        PostAnswer::Refused(_) => {
            queued.deposits.retain(|deposit| deposit.mailbox != *mailbox);
            None
        }
        PostAnswer::Held(_) | PostAnswer::Terms(_) | PostAnswer::Visited(_) => {
            turn.refuse(Refusal::BadAnswer, mailbox);
            None
        }
    }
}

fn held(turn: &mut Turn<'_>, letter: &Cid, mailbox: &Peer, queued: &mut Queued, receipt: &Sworn<Deposited>) {
    if queued.deposits.iter().any(|deposit| deposit.mailbox == *mailbox) {
        return;
    }
    let first = queued.deposits.is_empty();
    queued.deposits.push(Deposit {
        mailbox: mailbox.clone(),
        at: receipt.says().at,
        receipt: receipt.raw().to_vec(),
        silent: false,
    });
    turn.tell(Event::Stored { letter: *letter, mailbox: mailbox.clone() });
    if first {
        turn.stored.push(*letter);
    }
}

fn over(
    turn: &Turn<'_>,
    letter: &Cid,
    mailbox: &Peer,
    queued: &mut Queued,
    word: Option<Sworn<Word>>,
) -> Option<Receipt> {
    let ours = word.filter(|word| word.says().letter == *letter && Some(word.by()) == queued.reader);
    if let Some(word) = ours {
        return Some(word.says().receipt);
    }
    match queued.deposits.iter_mut().find(|deposit| deposit.mailbox == *mailbox) {
        Some(deposit) => deposit.silent = true,
        // It was left there before a restart, or by another way, and nothing is known but that it is gone.
        None => queued.deposits.push(Deposit {
            mailbox: mailbox.clone(),
            at: turn.now,
            receipt: Vec::new(),
            silent: true,
        }),
    }
    None
}

/// Takes a letter out of the queue, and writes into its line in the outbox how it ended.
pub(super) fn close(turn: &mut Turn<'_>, id: &Cid, queued: Queued, how: Ending) {
    turn.delete(queue::place(id));
    let Some(number) = queued.line else { return };
    let place = key(table::OUTBOX, &[&number.to_be_bytes()]);
    if let Ok(Some(mut line)) = turn.load::<OutboxLine>(&place) {
        line.end = Some(LetterEnd { at: turn.now, how, deposits: queued.deposits });
        turn.put(place, &line);
    }
}
