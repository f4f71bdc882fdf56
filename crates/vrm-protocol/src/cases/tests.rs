//! Alice has a dishwasher of acme's that leaks. The stories of her case, and that no order of arrival changes one.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vrm_core::Cid;
use vrm_core::body::{Move, Outcome};
use vrm_core::value::Timestamp;

use super::*;

const DAY: u64 = 86_400;

fn day(n: u64) -> Timestamp {
    Timestamp::new(1_000 * DAY + n * DAY).unwrap()
}

/// A journal in which everybody has seen everything before.
#[derive(Default)]
struct Story {
    cases: Cases,
    last: Option<Cid>,
    told: u64,
}

impl Story {
    fn tell(&mut self, by: Side, at: Timestamp, act: Option<Act>) -> Cid {
        self.told += 1;
        let id = Cid::of(&self.told.to_be_bytes());
        self.cases.hear(&Told { id, after: self.last.into_iter().collect(), by, at, received: at, act });
        self.last = Some(id);
        id
    }

    fn open(&mut self, at: u64) -> Cid {
        self.tell(Side::Customer, day(at), Some(Act::Open { due: None }))
    }

    fn step(&mut self, by: Side, at: u64, case: Cid, step: Move) -> State {
        self.tell(by, day(at), Some(Act::Step { case, step, due: None }));
        self.state(case)
    }

    fn close(&mut self, by: Side, at: u64, case: Cid, outcome: Outcome) -> State {
        self.tell(by, day(at), Some(Act::Close { case, outcome }));
        self.state(case)
    }

    fn state(&self, case: Cid) -> State {
        self.cases.get(&case).unwrap().state().unwrap()
    }

    fn turn(&self, case: Cid) -> Option<Turn> {
        self.cases.get(&case).unwrap().turn()
    }
}

use Side::{Customer, Vendor};

#[test]
fn acme_answers_asks_proposes_and_alice_is_content() {
    let mut story = Story::default();
    let case = story.open(0);
    assert_eq!(story.turn(case), Some(Turn { side: Vendor, due: day(1) }));
    assert_eq!(story.step(Vendor, 1, case, Move::Acknowledge), State::Acknowledged);
    assert_eq!(story.step(Vendor, 2, case, Move::Ask), State::Waiting(Customer));
    assert_eq!(story.turn(case), Some(Turn { side: Customer, due: day(9) }));
    assert_eq!(story.step(Customer, 3, case, Move::Answer), State::Acknowledged);
    assert_eq!(story.step(Vendor, 4, case, Move::Propose), State::Proposed);
    assert_eq!(story.close(Customer, 5, case, Outcome::Solved), State::Solved);
    assert_eq!(story.turn(case), None);
    assert_eq!(story.cases.get(&case).unwrap().silences(day(99)), []);
}

#[test]
fn acme_is_silent_alice_complains_and_the_silence_stays_in_the_timeline() {
    let mut story = Story::default();
    let case = story.open(0);
    let kept = |story: &Story, now| story.cases.get(&case).unwrap().silences(day(now));
    assert_eq!(kept(&story, 1), []);
    assert_eq!(kept(&story, 2), [Silence { side: Vendor, since: day(1), until: None }]);
    assert_eq!(story.step(Customer, 3, case, Move::Escalate), State::Escalated);
    assert_eq!(story.turn(case), Some(Turn { side: Vendor, due: day(17) }));
    story.step(Vendor, 4, case, Move::Propose);
    story.close(Customer, 5, case, Outcome::Solved);
    assert_eq!(kept(&story, 99), [Silence { side: Vendor, since: day(1), until: Some(day(3)) }]);
    assert!(story.cases.get(&case).unwrap().is_escalated());
}

#[test]
fn a_remark_ends_no_silence_and_a_question_frees_acme_of_nothing() {
    let mut story = Story::default();
    let case = story.open(0);
    assert_eq!(story.step(Vendor, 2, case, Move::Remark), State::Open);
    assert_eq!(story.step(Customer, 2, case, Move::Ask), State::Open);
    assert_eq!(story.cases.get(&case).unwrap().silences(day(3)).len(), 1);
}

#[test]
fn only_alice_says_that_it_is_solved_and_a_refusal_can_be_complained_of() {
    let mut story = Story::default();
    let case = story.open(0);
    assert_eq!(story.close(Vendor, 0, case, Outcome::Solved), State::Open);
    assert_eq!(story.step(Customer, 0, case, Move::Propose), State::Open);
    assert_eq!(story.step(Vendor, 0, case, Move::Escalate), State::Open);
    assert_eq!(story.close(Vendor, 1, case, Outcome::Refused), State::Refused);
    assert_eq!(story.step(Vendor, 1, case, Move::Acknowledge), State::Refused);
    assert_eq!(story.step(Customer, 2, case, Move::Escalate), State::Escalated);
    assert_eq!(story.step(Vendor, 3, case, Move::Ask), State::Waiting(Customer));
    assert_eq!(story.step(Customer, 4, case, Move::Answer), State::Escalated);
    assert_eq!(story.close(Customer, 5, case, Outcome::Solved), State::Solved);
    assert_eq!(story.step(Customer, 6, case, Move::Escalate), State::Solved);
    let wrong = |line: &Line| matches!(line, Line::Step { what: What::Misplaced(_), .. });
    let timeline = story.cases.get(&case).unwrap().timeline(day(6));
    assert_eq!(timeline.iter().filter(|line| wrong(line)).count(), 5);
}

#[test]
fn deadlines_are_asked_for_within_reason() {
    for (asked, due) in [(0, 1), (5, 5), (400, 30)] {
        let mut story = Story::default();
        let case = story.tell(Customer, day(0), Some(Act::Open { due: Some(day(asked)) }));
        assert_eq!(story.turn(case).unwrap().due, day(due));
    }
}

#[test]
fn eve_cannot_date_her_answer_before_the_question_nor_talk_alice_out_of_her_own_case() {
    let mut story = Story::default();
    let case = story.open(5);
    story.tell(Vendor, day(0), Some(Act::Step { case, step: Move::Acknowledge, due: None }));
    let first = story.cases.get(&case).unwrap().timeline(day(5));
    assert!(
        matches!(first[1], Line::Step { at, what: What::Moved(State::Acknowledged), .. } if at == day(5))
    );
    for _ in 0..2 * STEPS {
        story.step(Vendor, 5, case, Move::Remark);
    }
    assert_eq!(story.close(Customer, 6, case, Outcome::Solved), State::Solved);
}

#[test]
fn what_names_no_case_opens_none() {
    let mut story = Story::default();
    let note = story.tell(Customer, day(0), None);
    story.tell(Vendor, day(0), Some(Act::Step { case: note, step: Move::Propose, due: None }));
    assert_eq!(story.cases.iter().count(), 0);
    assert!(story.cases.get(&note).is_none());
}

/// An entry of a journal that two sides write, as chance has it: whether the writer had seen the other side's last one.
#[derive(Debug, Clone)]
struct Written {
    vendor: bool,
    seen: bool,
    at: u64,
    what: u8,
}

fn written() -> impl Strategy<Value = Vec<Written>> {
    let one = (any::<bool>(), any::<bool>(), 0..40_u64, 0..12_u8);
    proptest::collection::vec(
        one.prop_map(|(vendor, seen, at, what)| Written { vendor, seen, at, what }),
        1..40,
    )
}

fn act(what: u8, case: Cid) -> Option<Act> {
    let step = |step| Some(Act::Step { case, step, due: None });
    match what {
        0 => step(Move::Remark),
        1 => step(Move::Acknowledge),
        2 | 3 => step(Move::Ask),
        4 | 5 => step(Move::Answer),
        6 => step(Move::Propose),
        7 => step(Move::Reject),
        8 => step(Move::Escalate),
        9 => Some(Act::Close { case, outcome: Outcome::Solved }),
        10 => Some(Act::Close { case, outcome: Outcome::Refused }),
        _ => None,
    }
}

/// A journal: alice opens, then both write.
fn journal(written: &[Written]) -> Vec<Told> {
    let case = Cid::of(b"case");
    let open = Some(Act::Open { due: None });
    let (at, after) = (day(20), Vec::new());
    let mut entries = vec![Told { id: case, after, by: Customer, at, received: at, act: open }];
    let mut last = [Some(case), None];
    for (n, one) in written.iter().enumerate() {
        let (mine, theirs) = (usize::from(one.vendor), usize::from(!one.vendor));
        let seen = if one.seen { last[theirs] } else { None };
        let id = Cid::of(&n.to_be_bytes());
        entries.push(Told {
            id,
            after: last[mine].into_iter().chain(seen).collect(),
            by: if one.vendor { Vendor } else { Customer },
            at: day(one.at),
            received: day(n as u64),
            act: act(one.what, case),
        });
        last[mine] = Some(id);
    }
    entries
}

/// A causal order: of what is ready, the one that chance picks comes next.
fn shuffled(entries: &[Told], mut chance: u64) -> Vec<Told> {
    let mut rest = entries.to_vec();
    let mut heard: Vec<Told> = Vec::new();
    while !rest.is_empty() {
        let known = |id: &Cid| heard.iter().any(|told| told.id == *id);
        let ready: Vec<usize> = (0..rest.len()).filter(|n| rest[*n].after.iter().all(known)).collect();
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let picked = ready[(chance >> 33) as usize % ready.len()];
        heard.push(rest.remove(picked));
    }
    heard
}

fn fold(entries: &[Told]) -> Cases {
    let mut cases = Cases::default();
    cases.extend(entries.iter().cloned());
    cases
}

proptest! {
    /// Both sides, whatever reached them first and however often, see one state and one timeline.
    #[test]
    fn any_causal_order_gives_the_same_cases(written in written(), a in any::<u64>(), b in any::<u64>()) {
        let entries = journal(&written);
        let (one, other) = (shuffled(&entries, a), shuffled(&entries, b));
        prop_assert_eq!(fold(&one), fold(&other));
        let twice: Vec<Told> = other.iter().chain(&one).cloned().collect();
        prop_assert_eq!(fold(&one), fold(&twice));
    }

    /// What was seen stands before what saw it, whatever the clocks said.
    #[test]
    fn the_timeline_never_goes_backwards(written in written(), chance in any::<u64>()) {
        let cases = fold(&shuffled(&journal(&written), chance));
        let case = cases.get(&Cid::of(b"case")).unwrap();
        let steps: Vec<_> = case.timeline(day(99)).into_iter().filter_map(|line| match line {
            Line::Step { at, .. } => Some(at),
            Line::Silence(_) => None,
        }).collect();
        prop_assert!(steps[1..].windows(2).all(|pair| pair[0] <= pair[1]));
    }

    /// Somebody is to act exactly as long as it is not over.
    #[test]
    fn somebody_is_to_act_until_it_is_over(written in written()) {
        let cases = fold(&journal(&written));
        let case = cases.get(&Cid::of(b"case")).unwrap();
        prop_assert_eq!(case.turn().is_none(), case.state().unwrap().is_over());
    }
}
