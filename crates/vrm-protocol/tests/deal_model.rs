//! The deal, explored exhaustively: one customer and up to three vendors, every order of moves and letters, letters
//! that come twice, receipts that are lost, deadlines that pass on one side before the other.
//!
//! The talk is the real one. Around it stands what `market` and `mail` add, in a few lines: a letter flies until its
//! writer has a receipt; what was taken once is "stored" for ever after; a customer binds herself to one talk at a
//! time. Each of these rules is left out once, and the search must then find the harm.
#![allow(clippy::unwrap_used)]

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use vrm_core::value::Timestamp;
use vrm_protocol::Side;
use vrm_protocol::market::talk::{Choice, Move, Stage, Talk};

/// What a letter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Ask,
    Answer,
    Counter,
    Accept(Choice),
    Confirm,
    Decline,
}

const WORDS: [Word; 7] = [
    Word::Ask,
    Word::Answer,
    Word::Counter,
    Word::Accept(Choice::Offer),
    Word::Accept(Choice::Counter),
    Word::Confirm,
    Word::Decline,
];
const SIDES: [Side; 2] = [Side::Customer, Side::Vendor];

/// Where a letter is. Each side writes each word once at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Unwritten,
    Flying { taken: bool },
    Done { taken: bool },
}

/// One talk, from both of its sides, and the letters between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Pair {
    customer: Talk,
    vendor: Talk,
    letters: u64,
    /// Whether counters are made in this talk.
    counters: bool,
}

impl Pair {
    fn talk(&mut self, side: Side) -> &mut Talk {
        match side {
            Side::Customer => &mut self.customer,
            Side::Vendor => &mut self.vendor,
        }
    }

    fn place(side: Side, word: Word) -> u32 {
        let at = WORDS.iter().position(|w| *w == word).unwrap() as u32;
        3 * (at + if side == Side::Customer { 0 } else { WORDS.len() as u32 })
    }

    fn letter(&self, side: Side, word: Word) -> Letter {
        match (self.letters >> Self::place(side, word)) & 7 {
            0 => Letter::Unwritten,
            1 => Letter::Flying { taken: false },
            2 => Letter::Flying { taken: true },
            3 => Letter::Done { taken: false },
            _ => Letter::Done { taken: true },
        }
    }

    fn set(&mut self, side: Side, word: Word, letter: Letter) {
        let code = match letter {
            Letter::Unwritten => 0,
            Letter::Flying { taken: false } => 1,
            Letter::Flying { taken: true } => 2,
            Letter::Done { taken: false } => 3,
            Letter::Done { taken: true } => 4,
        };
        let at = Self::place(side, word);
        self.letters = (self.letters & !(7 << at)) | (code << at);
    }

    fn write(&mut self, side: Side, word: Word) {
        assert_eq!(self.letter(side, word), Letter::Unwritten, "{side:?} writes {word:?} twice: {self:?}");
        self.set(side, word, Letter::Flying { taken: false });
    }

    fn taken(&self, word: Word) -> usize {
        let taken = |side: &&Side| {
            matches!(self.letter(**side, word), Letter::Flying { taken: true } | Letter::Done { taken: true })
        };
        SIDES.iter().filter(taken).count()
    }
}

/// What stands of the intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Intent {
    Cast,
    Dealt,
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    intent: Intent,
    pairs: Vec<Pair>,
}

/// Which rules hold and which moves are made.
#[derive(Debug, Clone, Copy)]
struct Rules {
    questions: bool,
    /// Talks in which counters are made.
    counters: usize,
    /// A customer binds herself to one talk at a time, also when a confirmation comes late.
    one_at_a_time: bool,
    /// A letter that was taken is stored for ever after.
    notes: bool,
    /// Whoever confirms has a deal only with the receipt.
    waits_for_receipt: bool,
}

const ALL: Rules =
    Rules { questions: true, counters: 3, one_at_a_time: true, notes: true, waits_for_receipt: true };

fn t(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

const BEFORE: u64 = 5;
const DEADLINE: u64 = 10;
const AFTER: u64 = 11;

impl State {
    fn new(vendors: usize, rules: Rules) -> Self {
        let pair =
            |n| Pair { customer: Talk::new(), vendor: Talk::new(), letters: 0, counters: n < rules.counters };
        Self { intent: Intent::Cast, pairs: (0..vendors).map(pair).collect() }
    }

    /// Vendors are alike: states that differ in their order only are one.
    fn sorted(mut self) -> Self {
        self.pairs.sort_unstable();
        self
    }

    fn free(&self, at: usize, rules: Rules) -> bool {
        let others = self.pairs.iter().enumerate().filter(|(n, _)| *n != at);
        let bound = others.into_iter().any(|(_, p)| p.customer.binds(Side::Customer));
        !rules.one_at_a_time || (self.intent == Intent::Cast && !bound)
    }

    /// Both said yes and this side knows: the customer's other talks end.
    fn dealt(&mut self, at: usize, side: Side) {
        if side == Side::Vendor {
            return;
        }
        self.intent = Intent::Dealt;
        for (n, pair) in self.pairs.iter_mut().enumerate() {
            if n != at {
                end(pair, Move::Decline);
            }
        }
    }

    fn moves(&self, rules: Rules, out: &mut Vec<State>) {
        for at in 0..self.pairs.len() {
            for side in SIDES {
                self.own_moves(at, side, rules, out);
                self.deadline(at, side, out);
                WORDS.iter().for_each(|word| self.deliver(at, side, *word, rules, out));
            }
        }
        self.withdraw(out);
    }

    fn own_moves(&self, at: usize, side: Side, rules: Rules, out: &mut Vec<State>) {
        let talk = *self.pairs[at].clone().talk(side);
        let choice = if talk.countered == Some(side.other()) { Choice::Counter } else { Choice::Offer };
        let free = side == Side::Vendor || self.free(at, rules);
        let moves = [
            (rules.questions, Move::Ask, Word::Ask),
            (rules.questions, Move::Answer, Word::Answer),
            (self.pairs[at].counters, Move::Counter, Word::Counter),
            (free, Move::Accept(choice, t(DEADLINE)), Word::Accept(choice)),
            (free, Move::Confirm, Word::Confirm),
            (true, Move::Decline, Word::Decline),
        ];
        for (_, step, word) in moves.into_iter().filter(|(may, _, _)| *may) {
            let Ok(next) = talk.step(side, step, t(BEFORE)) else { continue };
            let mut state = self.clone();
            *state.pairs[at].talk(side) = next;
            state.pairs[at].write(side, word);
            if word == Word::Confirm && !rules.waits_for_receipt {
                *state.pairs[at].talk(side) = next.settled(true);
                state.dealt(at, side);
            }
            out.push(state);
        }
    }

    fn deadline(&self, at: usize, side: Side, out: &mut Vec<State>) {
        let mut state = self.clone();
        let talk = state.pairs[at].talk(side);
        let later = talk.tick(t(AFTER));
        if later != *talk {
            *talk = later;
            out.push(state);
        }
    }

    fn withdraw(&self, out: &mut Vec<State>) {
        if self.intent == Intent::Cast && !self.pairs.iter().any(|p| p.customer.is_bound()) {
            let mut state = self.clone();
            state.intent = Intent::Withdrawn;
            state.pairs.iter_mut().for_each(|pair| end(pair, Move::Withdraw));
            out.push(state);
        }
    }

    /// A letter arrives, for the first time or again; its receipt arrives too, or is lost and the letter flies on.
    fn deliver(&self, at: usize, by: Side, word: Word, rules: Rules, out: &mut Vec<State>) {
        let Letter::Flying { taken: before } = self.pairs[at].letter(by, word) else { return };
        let mut state = self.clone();
        let taken = if before && rules.notes { true } else { state.take(at, by, word, rules) };
        // A receipt means something to the writer of a confirmation only. For all other words a letter that was taken
        // is over, since it is taken no second time.
        let flies_on = word == Word::Confirm || !taken || !rules.notes;
        state.pairs[at].set(by, word, Letter::Flying { taken });
        if flies_on && state != *self {
            out.push(state.clone());
        }
        state.pairs[at].set(by, word, Letter::Done { taken });
        if word == Word::Confirm && rules.waits_for_receipt {
            let talk = state.pairs[at].talk(by);
            *talk = talk.settled(taken);
            if taken {
                state.dealt(at, by);
            }
        }
        out.push(state);
    }

    /// What the reader makes of a letter; false when it is refused, and then nothing changes.
    fn take(&mut self, at: usize, by: Side, word: Word, rules: Rules) -> bool {
        let reader = by.other();
        let talk = *self.pairs[at].talk(reader);
        let next = match word {
            Word::Ask => talk.step(by, Move::Ask, t(BEFORE)),
            Word::Answer => talk.step(by, Move::Answer, t(BEFORE)),
            Word::Counter => talk.step(by, Move::Counter, t(BEFORE)),
            Word::Accept(choice) => talk.step(by, Move::Accept(choice, t(DEADLINE)), t(BEFORE)),
            Word::Decline => talk.step(by, Move::Decline, t(BEFORE)),
            Word::Confirm => talk.confirmed_by(by),
        };
        let late = word == Word::Confirm && matches!(talk.stage, Stage::Lapsed { .. });
        let Ok(next) = next else { return false };
        if late && reader == Side::Customer && !self.free(at, rules) {
            return false;
        }
        *self.pairs[at].talk(reader) = next;
        if word == Word::Confirm {
            self.dealt(at, reader);
        }
        true
    }

    /// Why this state must not be.
    fn harm(&self) -> Option<&'static str> {
        let confirmed = |talk: Talk| matches!(talk.stage, Stage::Confirmed { .. });
        if self.pairs.iter().filter(|p| confirmed(p.customer) || confirmed(p.vendor)).count() > 1 {
            return Some("two deals on one intent");
        }
        if self.pairs.iter().filter(|p| p.customer.binds(Side::Customer)).count() > 1 {
            return Some("the customer is bound twice");
        }
        self.pairs.iter().find_map(harm_of)
    }
}

/// Says no to a talk, in a customer's name, if the talk still allows it.
fn end(pair: &mut Pair, how: Move) {
    if let Ok(talk) = pair.customer.step(Side::Customer, how, t(BEFORE)) {
        pair.customer = talk;
        pair.write(Side::Customer, Word::Decline);
    }
}

fn harm_of(pair: &Pair) -> Option<&'static str> {
    let agrees = |mine: Talk, theirs: Talk| match (mine.stage, theirs.stage) {
        (Stage::Confirmed { of }, Stage::Confirming { of: other, .. } | Stage::Confirmed { of: other }) => {
            of == other
        }
        (Stage::Confirmed { .. }, _) => false,
        _ => true,
    };
    if !agrees(pair.customer, pair.vendor) || !agrees(pair.vendor, pair.customer) {
        return Some("one side has a deal and the other has none, or another");
    }
    if pair.taken(Word::Ask) > 1 || pair.taken(Word::Counter) > 1 {
        return Some("two questions or two counters");
    }
    let stuck = SIDES.iter().any(|side| !has_exit(pair, *side));
    stuck.then_some("an open talk that its side cannot end")
}

/// An open talk can be declined, or its deadline or a flying letter will end it.
fn has_exit(pair: &Pair, side: Side) -> bool {
    let talk = *{ *pair }.talk(side);
    let declines = talk.step(side, Move::Decline, t(BEFORE)).is_ok();
    let waits = matches!(pair.letter(side, Word::Confirm), Letter::Flying { .. });
    !talk.is_open() || declines || talk.tick(t(AFTER)) != talk || waits
}

/// What a search saw.
#[derive(Debug, Default)]
struct Seen {
    states: usize,
    deals: usize,
    ends: usize,
}

/// Visits every state; stops at the first harm.
fn explore(vendors: usize, rules: Rules) -> Result<Seen, (&'static str, State)> {
    let (mut known, mut next) = (HashSet::new(), VecDeque::from([State::new(vendors, rules)]));
    let (mut seen, mut out) = (Seen::default(), Vec::new());
    while let Some(state) = next.pop_front() {
        if let Some(harm) = state.harm() {
            return Err((harm, state));
        }
        state.moves(rules, &mut out);
        seen.states += 1;
        seen.deals += usize::from(state.intent == Intent::Dealt);
        if out.is_empty() {
            seen.ends += 1;
            let open = state.pairs.iter().any(|p| p.customer.is_open() || p.vendor.is_open());
            assert!(!open, "nothing can happen any more and a talk is open: {state:?}");
        }
        for state in out.drain(..).map(State::sorted) {
            let mut hasher = DefaultHasher::new();
            state.hash(&mut hasher);
            if known.insert(hasher.finish()) {
                next.push_back(state);
            }
        }
    }
    Ok(seen)
}

fn sound(vendors: usize, rules: Rules, at_least: usize) {
    let seen = explore(vendors, rules).unwrap_or_else(|(harm, state)| panic!("{harm}: {state:#?}"));
    assert!(
        seen.states >= at_least && seen.deals > 0 && seen.ends > 0,
        "the search is not vacuous: {seen:?}"
    );
}

#[test]
fn alice_and_acme_with_all_their_words() {
    sound(1, ALL, 20_000);
}

#[test]
fn alice_acme_and_bolt_with_counters_in_one_talk() {
    sound(2, Rules { questions: false, counters: 1, ..ALL }, 10_000);
}

#[test]
fn alice_and_three_vendors_without_counters() {
    sound(3, Rules { questions: false, counters: 0, ..ALL }, 50_000);
}

/// Half a million states: for a deliberate change of the talk.
#[test]
#[ignore = "takes half a minute"]
fn alice_acme_and_bolt_with_counters_in_both_talks() {
    sound(2, Rules { questions: false, ..ALL }, 400_000);
}

/// Without a rule the search must find the harm that the rule prevents.
fn harm_without(vendors: usize, rules: Rules) -> &'static str {
    match explore(vendors, rules) {
        Err((harm, _)) => harm,
        Ok(seen) => panic!("no harm in {seen:?}"),
    }
}

#[test]
fn a_customer_who_may_bind_herself_twice_is_found_out() {
    let rules = Rules { questions: false, counters: 0, one_at_a_time: false, ..ALL };
    assert_eq!(harm_without(2, rules), "the customer is bound twice");
}

#[test]
fn a_vendor_who_takes_its_word_for_a_deal_before_the_receipt_is_found_out() {
    let rules = Rules { waits_for_receipt: false, ..ALL };
    assert_eq!(harm_without(1, rules), "one side has a deal and the other has none, or another");
}

#[test]
fn a_node_that_judges_a_letter_twice_is_found_out() {
    let rules = Rules { notes: false, ..ALL };
    assert_eq!(harm_without(1, rules), "one side has a deal and the other has none, or another");
}
