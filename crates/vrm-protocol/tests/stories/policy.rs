//! What alice takes from acme: how much, what, when and for how long; and what comes of it when acme says more.

use vrm_core::Hash;
use vrm_core::body::{Body, Kind, Policy, Quiet, Rate, Stage, Status};
use vrm_protocol::conduits::{self, Content, Shown};
use vrm_protocol::records::ConduitState;
use vrm_protocol::{Command, Event, Refusal, Side, query};
use vrm_sim::{NodeId, Said};

use crate::cast::Town;
use crate::conduit::bought;

const DAY: u64 = 86_400;
const THREE_A_DAY: Option<Rate> = Some(Rate { count: 3, days: 1 });

fn want(town: &mut Town, conduit: Hash, policy: Policy, forget: Option<u16>) {
    town.world.ask(town.alice, Command::SetPolicy { conduit, policy, forget }).unwrap();
}

fn write(town: &mut Town, node: NodeId, conduit: Hash, body: &Body) -> Result<(), Said> {
    let (subtype, body) = (body.word().parse().unwrap(), body.encode().unwrap());
    town.world.ask(node, Command::Append { conduit, subtype, body }).map(drop)
}

fn shipped() -> Body {
    Status { stage: Stage::Shipped, order: None, expected: None, text: None }.into()
}

fn journal(town: &Town, node: NodeId, conduit: &Hash) -> Vec<Shown> {
    conduits::read(town.world.node(node).store(), conduit).unwrap()
}

/// The notes that are here.
fn notes(town: &Town, node: NodeId, conduit: &Hash) -> Vec<String> {
    let notes = journal(town, node, conduit).into_iter().filter(|e| e.subtype == "note");
    let words = notes.map(|entry| match entry.content {
        Content::Plain(plain) => match Body::decode("note", &plain) {
            Ok(Body::Note(note)) => note.text.to_string(),
            _ => String::from_utf8(plain).unwrap(),
        },
        other => format!("{other:?}"),
    });
    words.collect()
}

/// Both clocks go on by so many days, of which the simulation runs a few minutes.
fn days_pass(town: &mut Town, days: u64) {
    for node in [town.alice, town.acme] {
        town.world.set_skew(node, (days * DAY) as i64);
    }
    town.world.run(300);
}

/// How often the other side was told that it went beyond.
fn told_beyond(town: &Town, node: NodeId) -> usize {
    let told = town.world.node(node).events();
    told.iter().filter(|e| matches!(e, Event::Policy { beyond: Some(_), .. })).count()
}

#[test]
fn the_fourth_of_three_messages_a_day_is_not_written_and_tomorrow_it_is() {
    let (mut town, conduit) = bought(140);
    let acme = town.acme;
    want(&mut town, conduit, Policy { rate: THREE_A_DAY, ..Policy::default() }, None);
    town.world.run(10);
    for n in 0..3 {
        town.world.note(acme, conduit, &format!("buy more, {n}")).unwrap();
    }
    assert_eq!(town.world.note(acme, conduit, "buy!"), Err(Said::Refused(Refusal::TakesNoMore)));
    write(&mut town, acme, conduit, &shipped()).unwrap();
    town.world.run(10);
    assert_eq!(notes(&town, town.alice, &conduit).len(), 3, "what she ordered is told all the same");
    assert_eq!(journal(&town, town.alice, &conduit).last().unwrap().subtype, "status");
    assert!(town.world.note(town.alice, conduit, "as much as she likes").is_ok());
    days_pass(&mut town, 1);
    town.world.note(acme, conduit, "buy again").unwrap();
    town.world.run(10);
    assert_eq!(notes(&town, town.alice, &conduit).last().unwrap(), "buy again");
    assert_eq!(told_beyond(&town, acme), 0);
    town.sound();
}

#[test]
fn what_acme_wrote_before_it_knew_stands_untold_and_acme_hears_of_it_once() {
    let (mut town, conduit) = bought(141);
    let acme = town.acme;
    town.world.cut_off(&[acme], 1);
    want(&mut town, conduit, Policy { rate: THREE_A_DAY, ..Policy::default() }, None);
    for n in 0..6 {
        town.world.note(acme, conduit, &format!("buy more, {n}")).unwrap();
        town.world.run(1);
    }
    town.world.heal();
    town.world.run(900);
    let hers = journal(&town, town.alice, &conduit);
    let beyond: Vec<bool> = hers.iter().filter(|e| e.by == Side::Vendor).map(|e| e.beyond).collect();
    assert_eq!(beyond, [false, false, false, true, true, true]);
    let told = town.world.node(town.alice).events();
    let count = |is: fn(&Event) -> bool| told.iter().filter(|e| is(e)).count();
    assert_eq!(count(|e| matches!(e, Event::Entry { by: Side::Vendor, .. })), 3);
    assert_eq!(count(|e| matches!(e, Event::Beyond { .. })), 3);
    assert_eq!(told_beyond(&town, acme), 1);
    assert_eq!(town.world.note(acme, conduit, "buy!"), Err(Said::Refused(Refusal::TakesNoMore)));
    town.sound();
}

#[test]
fn alice_takes_no_notes_and_a_word_about_safety_comes_all_the_same() {
    let (mut town, conduit) = bought(142);
    let acme = town.acme;
    let kinds = vec!["receipt".parse().unwrap(), "status".parse().unwrap()];
    want(&mut town, conduit, Policy { kinds, ..Policy::default() }, None);
    town.world.run(10);
    assert_eq!(town.world.note(acme, conduit, "buy!"), Err(Said::Refused(Refusal::NotTaken)));
    let notice = |topic: &str| {
        let json = serde_json::json!({"topic": topic, "title": "the hose", "text": "it may burst",
            "signs": {"basis": "you have one", "personalised": false, "data_used": []}});
        Body::deserialize(Kind::Notice, json).unwrap()
    };
    assert_eq!(write(&mut town, acme, conduit, &notice("news")), Err(Said::Refused(Refusal::NotTaken)));
    for body in [shipped(), notice("safety")] {
        write(&mut town, acme, conduit, &body).unwrap();
    }
    town.world.run(10);
    let kinds: Vec<_> = journal(&town, town.alice, &conduit).into_iter().map(|e| e.subtype).collect();
    assert_eq!(kinds, ["policy", "status", "notice"]);
    town.sound();
}

/// Ten minutes from now on.
fn ten_minutes(town: &Town) -> Quiet {
    let minute = (town.world.clock(town.alice).get() % DAY / 60) as u16;
    Quiet { from: minute, to: (minute + 11) % 1_440 }
}

#[test]
fn while_alice_rests_nothing_comes_by_stream_or_letter_and_then_all_of_it() {
    for online in [true, false] {
        let (mut town, conduit) = bought(143);
        let (alice, acme) = (town.alice, town.acme);
        town.world.run(70);
        let quiet = Some(ten_minutes(&town));
        want(&mut town, conduit, Policy { quiet, ..Policy::default() }, None);
        town.world.run(10);
        if !online {
            town.world.cut_off(&[acme], 1);
        }
        town.world.note(acme, conduit, "are you awake?").unwrap();
        town.world.note(alice, conduit, "she may write").unwrap();
        town.world.heal();
        town.world.run(240);
        assert_eq!(notes(&town, alice, &conduit), ["she may write"], "online: {online}");
        assert_eq!(notes(&town, acme, &conduit).len(), 2, "her own note is there");
        town.world.run(1_800);
        assert_eq!(notes(&town, alice, &conduit).len(), 2, "online: {online}");
        town.sound();
    }
}

#[test]
fn ads_from_before_acme_knew_do_not_keep_a_closed_conduit_from_coming_to_rest() {
    let (mut town, conduit) = bought(145);
    let (alice, acme) = (town.alice, town.acme);
    town.world.run(70);
    town.world.cut_off(&[acme], 1);
    let kinds = vec!["receipt".parse().unwrap()];
    want(&mut town, conduit, Policy { kinds, ..Policy::default() }, None);
    town.world.ask(alice, Command::SetConduit { conduit, state: ConduitState::Closed }).unwrap();
    for n in 0..2 {
        town.world.note(acme, conduit, &format!("buy more, {n}")).unwrap();
    }
    town.world.heal();
    town.world.run(900);
    assert_eq!(notes(&town, alice, &conduit).len(), 2, "written before it could know");
    let state = |node| query::conduits(town.world.node(node).store()).unwrap()[0].state;
    assert_eq!([state(alice), state(acme)], [ConduitState::Closed; 2]);
    assert_eq!(journal(&town, alice, &conduit).len(), journal(&town, acme, &conduit).len());
    town.sound();
}

#[test]
fn three_hundred_policies_at_once_are_no_more_than_a_batch_takes() {
    for online in [true, false] {
        let (mut town, conduit) = bought(146);
        let acme = town.acme;
        town.world.run(70);
        town.world.cut_off(&[acme], 1);
        for count in 1..=300 {
            let rate = Some(Rate { count, days: 1 });
            write(&mut town, acme, conduit, &Policy { rate, ..Policy::default() }.into()).unwrap();
        }
        if !online {
            town.world.crash(town.alice);
            town.world.start(town.alice);
        }
        town.world.heal();
        town.world.run(900);
        assert_eq!(journal(&town, town.alice, &conduit).len(), 300, "online: {online}");
        let wanted = query::conduits(town.world.node(town.alice).store()).unwrap()[0].policies.theirs.clone();
        assert_eq!(wanted.unwrap().1.rate, Some(Rate { count: 300, days: 1 }));
        town.sound();
    }
}

#[test]
fn contents_end_on_the_day_that_alice_chose_and_both_chains_verify() {
    let (mut town, conduit) = bought(144);
    let (alice, acme) = (town.alice, town.acme);
    let policy = Policy { keep: Some(1), ..Policy::default() };
    want(&mut town, conduit, policy, Some(2));
    town.world.note(alice, conduit, "my size is 42").unwrap();
    town.world.run(5);
    town.world.note(acme, conduit, "noted").unwrap();
    town.world.run(5);
    days_pass(&mut town, 3);
    let says = |node| {
        let notes = journal(&town, node, &conduit).into_iter().filter(|e| e.subtype == "note");
        notes.map(|e| (e.by, matches!(e.content, Content::Plain(_)))).collect::<Vec<_>>()
    };
    assert_eq!(says(alice), [(Side::Customer, true), (Side::Vendor, false)]);
    assert_eq!(says(acme), [(Side::Customer, false), (Side::Vendor, true)]);
    for node in [alice, acme] {
        let checked = conduits::verify(town.world.node(node).store(), &conduit).unwrap();
        assert!(checked.broken.is_none());
    }
    let asked = conduits::erasures(town.world.node(alice).store(), &conduit).unwrap();
    assert!(asked.len() == 1 && asked[0].answer.is_some(), "{asked:?}");
    town.sound();
}
