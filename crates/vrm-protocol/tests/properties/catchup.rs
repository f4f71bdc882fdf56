//! Catch-up, the pure part: two sets end with exactly what each lacks known, and no bytes are a panic.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use vrm_core::Cid;
use vrm_core::value::Timestamp;
use vrm_protocol::Topic;
use vrm_protocol::catchup::{Answer, Ask, Items, MAX_MESSAGE, Step, answer, begin, go_on};

type Made = BTreeSet<One>;

/// One object: when it was made, and which of that moment.
type One = (u64, u32);

fn id((at, n): &One) -> Cid {
    Cid::of(&[&at.to_be_bytes()[..], &n.to_be_bytes()].concat())
}

fn at((at, _): &One) -> Timestamp {
    Timestamp::new(*at).unwrap()
}

fn items(made: &Made) -> Items {
    made.iter().map(|one| (at(one), id(one))).collect()
}

fn ids<'a>(made: impl Iterator<Item = &'a One>) -> BTreeSet<Cid> {
    made.map(id).collect()
}

/// What alice learns that she lacks, and in how many rounds.
fn reconcile(alice: &Items, bob: &Items) -> (BTreeSet<Cid>, usize) {
    let (mut lacks, mut rounds) = (BTreeSet::new(), 0);
    let mut next = Some(begin(alice).unwrap());
    while let Some(message) = next {
        rounds += 1;
        assert!(message.len() <= MAX_MESSAGE);
        let reply = answer(bob, &message).unwrap();
        assert!(reply.len() <= MAX_MESSAGE);
        let step = go_on(alice, &reply).unwrap();
        lacks.extend(step.lacks);
        next = step.next;
    }
    (lacks, rounds)
}

/// Objects made within a few moments or over a month.
fn some_made() -> impl Strategy<Value = Made> {
    prop_oneof![btree_set((0u64..4, 0u32..600), 0..500), btree_set((0u64..2_592_000, 0u32..100_000), 0..500),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn both_learn_exactly_what_they_lack(common in some_made(), hers in some_made(), his in some_made()) {
        let alice: Made = common.union(&hers).copied().collect();
        let bob: Made = common.union(&his).copied().collect();
        let (lacks, rounds) = reconcile(&items(&alice), &items(&bob));
        prop_assert_eq!(lacks, ids(bob.difference(&alice)));
        prop_assert!(rounds <= 6, "{} rounds", rounds);
    }

    #[test]
    fn a_set_is_the_same_however_it_came_about(made in some_made(), gone in some_made()) {
        let mut grown = Items::default();
        for one in made.union(&gone) {
            prop_assert!(grown.insert(at(one), &id(one)));
            prop_assert!(!grown.insert(at(one), &id(one)));
        }
        for one in gone.difference(&made) {
            prop_assert!(grown.remove(at(one), &id(one)));
            prop_assert!(!grown.remove(at(one), &id(one)));
        }
        let whole = items(&made);
        prop_assert_eq!(grown.len(), whole.len());
        prop_assert_eq!(begin(&grown).unwrap(), begin(&whole).unwrap());
    }

    #[test]
    fn no_bytes_are_a_panic(made in some_made(), bytes in vec(any::<u8>(), 0..600), version: bool) {
        let (items, mut message) = (items(&made), bytes);
        if version {
            message.insert(0, 0x61);
        }
        let answered = answer(&items, &message).map_or(0, |reply| reply.len());
        let told = go_on(&items, &message).map_or(0, |step: Step| step.next.map_or(0, |next| next.len()));
        prop_assert!(answered <= MAX_MESSAGE && told <= MAX_MESSAGE);
        let (asked, said) = (Ask::read(&message), Answer::read(&message));
        prop_assert!(asked.is_err() && said.is_err());
    }

    #[test]
    fn a_changed_message_is_no_panic(made in some_made(), other in some_made(), at: prop::sample::Index, bit in 0..8u8) {
        let (mine, theirs) = (items(&made), items(&other));
        let mut message = begin(&theirs).unwrap();
        let at = at.index(message.len());
        message[at] ^= 1 << bit;
        if let Ok(mut reply) = answer(&mine, &message) {
            prop_assert!(reply.len() <= MAX_MESSAGE);
            let at = at % reply.len();
            reply[at] ^= 1 << bit;
            let lacks = go_on(&theirs, &reply).map_or(0, |step| step.lacks.len());
            prop_assert!(lacks <= MAX_MESSAGE / 32);
        }
    }

    #[test]
    fn words_round_trip(message in vec(any::<u8>(), 1..300), numbers in vec(any::<u32>(), 1..128), cards: bool) {
        let topic = if cards { Topic::Cards } else { Topic::Intents };
        for ask in [
            Ask::Compare { topic, message: message.clone() },
            Ask::Fetch(numbers.into_iter().map(|n| id(&(0, n))).collect()),
        ] {
            prop_assert_eq!(Ask::read(&ask.write()), Ok(ask));
        }
        let read = Answer::read(&Answer::write_message(message.clone()));
        prop_assert!(matches!(read, Ok(Answer::Compare(same)) if same == message));
    }
}

#[test]
fn a_newcomer_learns_of_everything_in_bounded_messages() {
    let made: Made = (0..20_000u32).map(|n| (u64::from(n / 3), n)).collect();
    let (lacks, rounds) = reconcile(&Items::default(), &items(&made));
    assert_eq!(lacks, ids(made.iter()));
    assert!(rounds > 1, "it did not fit one message");
}

#[test]
fn what_is_no_word_of_catch_up_is_refused() {
    let whole = Ask::Fetch(vec![id(&(0, 1))]).write();
    for end in 0..whole.len() {
        assert!(Ask::read(&whole[..end]).is_err());
    }
    let many = (0..=128).map(|n| id(&(0, n))).collect();
    assert!(Ask::read(&Ask::Fetch(many).write()).is_err(), "more than may be fetched at once");
    assert!(Ask::read(&Ask::Fetch(Vec::new()).write()).is_err(), "nothing asked");
    let long = Ask::Compare { topic: Topic::Cards, message: vec![0; MAX_MESSAGE + 1] };
    assert!(Ask::read(&long.write()).is_err());
    assert!(Answer::read(&Answer::write_objects(vec![b"no object".to_vec()])).is_err());
    assert!(Answer::read(&whole).is_err() && Ask::read(&Answer::write_message(vec![1])).is_err());
}
