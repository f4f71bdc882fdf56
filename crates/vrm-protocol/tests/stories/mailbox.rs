//! Mailboxes: alice sleeps, her letters wait in two of them, and all arrive once when she wakes; whatever one of the two
//! does.

use vrm_core::envelope::{Payload, sign};
use vrm_core::object::{Intent, Letter};
use vrm_core::{Cid, Hash, Signed};
use vrm_protocol::calls::{Answer, Stream, read_answer};
use vrm_protocol::mail::Receipt;
use vrm_protocol::mailbox::PostAnswer;
use vrm_protocol::records::Ending;
use vrm_protocol::{Command, Event, query};
use vrm_sim::people::{offer_at, wish};
use vrm_sim::{NodeId, Said, Weather, World};

use crate::cast::{HOME, vendor};
use crate::forge::{letter, somebody};

/// Longer than the longest wait before a mailbox is asked what became of a letter.
const LONG: u64 = 3_000;

struct Street {
    world: World,
    alice: NodeId,
    posts: [NodeId; 2],
    acme: NodeId,
    bolt: NodeId,
}

/// Alice uses two mailboxes; acme and bolt sell; all know the mailboxes, and nobody can dial alice.
fn street(seed: u64) -> Street {
    let mut world = World::new(seed, Weather::CALM);
    let alice = world.customer("alice", |_| {});
    let posts = ["post", "box"].map(|name| world.vendor(name, |_| {}));
    let [acme, bolt] = ["acme", "bolt"].map(|name| vendor(&mut world, name));
    for post in posts {
        world.ask(post, Command::ServeMailbox { on: true }).unwrap();
        world.add_mailbox(alice, post).unwrap();
        [acme, bolt].into_iter().for_each(|vendor| world.link(vendor, post));
    }
    world.run(10);
    Street { world, alice, posts, acme, bolt }
}

impl Street {
    fn cast(&mut self) -> Cid {
        let intent = self.world.cast(self.alice, &wish("a quiet dishwasher", HOME)).unwrap();
        self.world.run(10);
        intent
    }

    /// Both offer; alice sleeps until later.
    fn offers_to_a_sleeper(&mut self) -> (Cid, [Cid; 2]) {
        let intent = self.cast();
        self.world.crash(self.alice);
        let offer = |world: &mut World, vendor, price| world.offer(vendor, &offer_at(intent, price)).unwrap();
        let dear = offer(&mut self.world, self.acme, "420 EUR");
        let cheap = offer(&mut self.world, self.bolt, "390 EUR");
        self.world.run(60);
        (intent, [dear, cheap])
    }

    fn wakes(&mut self) {
        self.world.start(self.alice);
        self.world.run(120);
    }

    fn heard(&self, offers: &[Cid]) -> usize {
        let events = self.world.node(self.alice).events();
        events.iter().filter(|e| matches!(e, Event::Offered { offer, .. } if offers.contains(offer))).count()
    }

    /// Alice and acme have a conduit.
    fn deal(&mut self) -> Hash {
        let intent = self.cast();
        let offer = self.world.offer(self.acme, &offer_at(intent, "400 EUR")).unwrap();
        self.world.run(10);
        self.world.accept(self.alice, offer).unwrap();
        self.world.run(60);
        query::conduits(self.world.node(self.alice).store()).unwrap()[0].id
    }

    fn words(&self, who: NodeId, conduit: &Hash) -> Vec<String> {
        self.world.node(who).journal(conduit).into_iter().map(|(_, words)| words).collect()
    }

    fn queued(&self, who: NodeId) -> usize {
        query::queue(self.world.node(who).store()).unwrap().len()
    }

    fn sound(&self) {
        assert_eq!(self.world.problems(), &[] as &[String]);
    }
}

#[test]
fn the_intent_names_the_mailboxes_that_agreed_and_they_hold_its_box() {
    let mut street = street(301);
    let intent = street.cast();
    let own = query::own_intent(street.world.node(street.alice).store(), &intent).unwrap().unwrap();
    let signed = vrm_core::Signed::<vrm_core::object::Intent>::open(&own.raw).unwrap();
    let named: Vec<_> = signed.body().routes.iter().map(|route| route.peer.as_str().to_owned()).collect();
    assert_eq!(named.len(), 2);
    let stats = street.world.node(street.alice).stats().unwrap();
    assert!(stats.mailboxes.iter().all(|standing| standing.boxes == 1 && standing.trouble.is_none()));
    for post in street.posts {
        assert_eq!(street.world.node(post).stats().unwrap().holds.boxes, 1);
    }
    street.world.withdraw(street.alice, intent).unwrap();
    street.world.run(10);
    for post in street.posts {
        assert_eq!(street.world.node(post).stats().unwrap().holds.boxes, 0, "dropped after");
    }
    street.sound();
}

#[test]
fn offers_wait_in_two_mailboxes_one_dies_and_all_are_there_once_on_waking() {
    let mut street = street(302);
    let (_, offers) = street.offers_to_a_sleeper();
    for post in street.posts {
        assert_eq!(street.world.node(post).stats().unwrap().holds.letters, 2);
    }
    for vendor in [street.acme, street.bolt] {
        let queue = query::queue(street.world.node(vendor).store()).unwrap();
        assert_eq!(queue[0].1.deposits.len(), 2, "with both receipts");
    }
    street.world.crash(street.posts[0]);
    street.wakes();
    assert_eq!(street.heard(&offers), 2, "both, and each once");
    assert_eq!(street.world.node(street.posts[1]).stats().unwrap().holds.letters, 0, "purged");
    street.world.run(LONG);
    assert_eq!(street.heard(&offers), 2);
    for vendor in [street.acme, street.bolt] {
        assert_eq!(street.queued(vendor), 0, "the vendors know");
        let lines = query::outbox(street.world.node(vendor).store(), 0, 100).unwrap();
        let offer = lines.iter().find(|(_, line)| line.kind.as_str() == "offer").unwrap();
        let end = offer.1.end.as_ref().unwrap();
        assert_eq!(end.how, Ending::Receipt(Receipt::Stored));
        assert_eq!(end.deposits.len(), 2);
    }
    street.sound();
}

#[test]
fn mailboxes_that_restart_lose_nothing_and_one_that_forgets_is_told_again() {
    let mut street = street(303);
    let (_, offers) = street.offers_to_a_sleeper();
    for post in street.posts {
        street.world.crash(post);
        street.world.start(post);
    }
    street.world.lose_disk(street.posts[0]);
    street.world.start(street.posts[0]);
    street.world.ask(street.posts[0], Command::ServeMailbox { on: true }).unwrap();
    street.world.run(LONG);
    street.wakes();
    assert_eq!(street.heard(&offers), 2);
    street.world.run(600);
    let holds = street.world.node(street.posts[0]).stats().unwrap().holds;
    assert_eq!(holds.boxes, 1, "it was told of the intent's box again");
    street.sound();
}

#[test]
fn a_deal_is_made_by_two_who_are_never_awake_together() {
    let mut street = street(304);
    for post in street.posts {
        street.world.add_mailbox(street.acme, post).unwrap();
    }
    let intent = street.cast();
    street.world.crash(street.alice);
    let mut draft = offer_at(intent, "400 EUR");
    draft.confirm_within = vrm_core::value::Seconds::days(1);
    let offer = street.world.offer(street.acme, &draft).unwrap();
    street.world.run(600);
    street.world.crash(street.acme);
    street.wakes();
    street.world.accept(street.alice, offer).unwrap();
    street.world.run(600);
    for n in 0..8 {
        let (down, up) = if n % 2 == 0 { (street.alice, street.acme) } else { (street.acme, street.alice) };
        street.world.crash(down);
        street.world.start(up);
        street.world.run(1_500);
    }
    assert_eq!(street.world.node(street.alice).orders().len(), 1);
    assert_eq!(street.world.node(street.alice).orders(), street.world.node(street.acme).orders());
    street.sound();
}

#[test]
fn entries_written_while_she_sleeps_are_there_when_she_wakes_and_their_writer_is_gone() {
    let mut street = street(305);
    let conduit = street.deal();
    street.world.crash(street.alice);
    let long = "x".repeat(3_000);
    let notes: Vec<String> = (0..60).map(|n| format!("note {n} {long}")).collect();
    for note in &notes {
        street.world.note(street.acme, conduit, note).unwrap();
    }
    street.world.run(120);
    let holds = street.world.node(street.posts[0]).stats().unwrap().holds;
    assert!(holds.letters >= 4, "several packets wait one behind the other: {holds:?}");
    street.world.crash(street.acme);
    street.wakes();
    assert_eq!(street.words(street.alice, &conduit), notes);
    street.world.start(street.acme);
    street.world.run(LONG);
    assert_eq!(street.queued(street.acme), 0);
    assert_eq!(street.words(street.acme, &conduit), notes);
    street.sound();
}

#[test]
fn a_mailbox_that_loses_a_letter_in_the_middle_costs_nothing_while_the_other_lives() {
    let mut street = street(306);
    let conduit = street.deal();
    street.world.crash(street.alice);
    for n in 0..4 {
        street.world.note(street.acme, conduit, &format!("{n} {}", "y".repeat(15_000))).unwrap();
        street.world.run(20);
        if n == 1 {
            street.world.lose_disk(street.posts[1]);
            street.world.start(street.posts[1]);
            street.world.ask(street.posts[1], Command::ServeMailbox { on: true }).unwrap();
        }
    }
    street.world.run(60);
    street.wakes();
    assert_eq!(street.words(street.alice, &conduit).len(), 4);
    street.world.run(LONG);
    assert_eq!(street.queued(street.acme), 0);
    assert_eq!(street.words(street.alice, &conduit).len(), 4);
    street.sound();
}

#[test]
fn a_mailbox_that_serves_no_longer_is_named_no_more() {
    let mut street = street(307);
    for post in street.posts {
        street.world.ask(post, Command::ServeMailbox { on: false }).unwrap();
    }
    street.world.run(200);
    let routes = vrm_protocol::mailbox::routes(street.world.node(street.alice).store()).unwrap();
    assert_eq!(routes, []);
    let third = street.world.vendor("third", |_| {});
    let refused = street.world.add_mailbox(street.alice, third).unwrap_err();
    assert!(matches!(refused, Said::Refused(vrm_protocol::Refusal::TooManyMailboxes)));
}

#[test]
fn a_vendor_is_the_mailbox_of_the_customer_it_offers_to() {
    let mut street = street(308);
    street
        .world
        .ask(street.alice, Command::RemoveMailbox { peer: street.world.node(street.posts[0]).peer() })
        .unwrap();
    street.world.ask(street.acme, Command::ServeMailbox { on: true }).unwrap();
    street.world.add_mailbox(street.alice, street.acme).unwrap();
    street.world.run(10);
    let intent = street.cast();
    street.world.crash(street.alice);
    street.world.crash(street.posts[1]);
    let offer = street.world.offer(street.acme, &offer_at(intent, "400 EUR")).unwrap();
    street.world.run(60);
    assert_eq!(street.world.node(street.acme).stats().unwrap().holds.letters, 1, "on its own shelf");
    street.wakes();
    assert_eq!(street.heard(&[offer]), 1);
    street.world.run(LONG);
    assert_eq!(street.queued(street.acme), 0);
    street.sound();
}

/// What eve gets for a question that she wrote by hand.
fn rings(street: &mut Street, eve: NodeId, bytes: &[u8]) -> PostAnswer {
    let line = street.world.ring(eve, street.posts[0], Stream::Post, bytes);
    street.world.run(5);
    let heard = street.world.heard(line).flatten().expect("an answer").to_vec();
    match read_answer(Stream::Post, &heard).unwrap() {
        Answer::Post(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn code(answer: &PostAnswer) -> &str {
    match answer {
        PostAnswer::Refused(code) => code.as_str(),
        other => panic!("{other:?}"),
    }
}

/// A question with one member, as everybody may write it.
fn question(member: &str, bytes: &[u8]) -> Vec<u8> {
    let map = std::collections::BTreeMap::from([(member, serde_bytes::Bytes::new(bytes))]);
    vrm_core::cbor::encode(&map).unwrap()
}

#[test]
fn eve_leaves_nothing_without_work_and_takes_no_box() {
    let mut street = street(309);
    let eve = street.world.customer("eve", |_| {});
    street.world.suspect(eve);
    street.world.link(eve, street.posts[0]);
    let intent = street.cast();
    let own = query::own_intent(street.world.node(street.alice).store(), &intent).unwrap().unwrap();
    let intent = Signed::<Intent>::open(&own.raw).unwrap();

    let lazy = letter(&intent, &somebody(1), None, 0, 1);
    let lazy = Letter { agreement: None, ..lazy.body().clone() };
    let sealed = |work, n: u64| {
        let (at, till) = (intent.payload().at, intent.payload().till);
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&n.to_be_bytes());
        let payload = Payload::new(somebody(1).public(), at, till, nonce, lazy.clone()).with_work(work);
        sign(payload, &somebody(1)).unwrap()
    };
    let answer = rings(&mut street, eve, &question("letter", sealed(0, 1).raw().as_bytes()));
    assert_eq!(code(&answer), "mailbox_not_welcome");
    let answer = rings(&mut street, eve, &question("letter", sealed(intent.body().work, 2).raw().as_bytes()));
    let PostAnswer::Held(receipt) = answer else { panic!("{answer:?}") };
    assert_eq!(receipt.by(), street.world.node(street.posts[0]).root().mailbox().signer.public());

    let mut broken = sealed(0, 3).raw().as_bytes().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let line = street.world.ring(eve, street.posts[0], Stream::Post, &question("letter", &broken));
    street.world.run(5);
    assert_eq!(street.world.heard(line), Some(None), "silence");
    let unknown = vrm_core::cbor::encode(&std::collections::BTreeMap::from([("ask", intent.id())])).unwrap();
    assert_eq!(code(&rings(&mut street, eve, &unknown)), "no_such_letter");
}

#[test]
fn a_box_is_full_at_its_quota_and_nothing_accepted_is_thrown_out() {
    let mut street = street(310);
    for post in street.posts {
        street.world.crash(post);
        street.world.tune(post, |settings| settings.mailbox.box_letters = 1);
        street.world.start(post);
    }
    street.world.run(120);
    let (_, offers) = street.offers_to_a_sleeper();
    for post in street.posts {
        let stats = street.world.node(post).stats().unwrap();
        assert_eq!(stats.holds.letters, 1);
        assert!(stats.counters.of(vrm_protocol::Refusal::BoxFull) > 0);
    }
    street.wakes();
    street.world.run(LONG);
    assert_eq!(street.heard(&offers), 2, "the second came when there was room again");
    street.sound();
}

#[test]
fn what_nobody_collects_runs_out_and_its_writer_says_so() {
    let mut street = street(311);
    let (_, _) = street.offers_to_a_sleeper();
    for node in [street.posts[0], street.posts[1], street.acme] {
        street.world.set_skew(node, 8 * 86_400);
    }
    street.world.run(600);
    for post in street.posts {
        assert_eq!(street.world.node(post).stats().unwrap().holds, vrm_protocol::mailbox::Load::default());
    }
    let events = street.world.node(street.acme).events();
    assert!(events.iter().any(|e| matches!(e, Event::Undelivered { .. })));
    assert_eq!(street.queued(street.acme), 0);
    street.sound();
}

#[test]
fn both_turn_their_keys_and_meet_only_at_their_mailboxes() {
    let mut street = street(312);
    let (alice, acme) = (street.alice, street.acme);
    for post in street.posts {
        street.world.add_mailbox(acme, post).unwrap();
    }
    street.world.run(60);
    let conduit = street.deal();
    let mut written = 0;
    for _ in 0..3 {
        for (here, away) in [(alice, acme), (acme, alice)] {
            street.world.heal();
            street.world.cut_off(&[away], 1);
            street.world.run(LONG);
            assert_eq!(street.words(here, &conduit).len(), written, "all that the other said before it went");
            street.world.ask(here, Command::TurnKeys { conduit, to: None }).unwrap();
            street.world.note(here, conduit, "under new keys").unwrap();
            written += 2;
            street.world.run(LONG);
        }
    }
    street.world.heal();
    street.world.run(LONG);
    for who in [alice, acme] {
        assert_eq!(street.words(who, &conduit).len(), written);
        let stats = street.world.node(who).stats().unwrap();
        assert!(stats.mailboxes.iter().all(|at| at.trouble.is_none() && at.boxes == at.wanted), "{stats:?}");
    }
    street.world.crash(alice);
    street.wakes();
    let again = street.world.node(alice).stats().unwrap();
    // Four identities are four boxes, as before the restart.
    assert!(again.mailboxes.iter().all(|at| at.boxes == 4 && at.wanted == 4), "{again:?}");
    street.sound();
}
