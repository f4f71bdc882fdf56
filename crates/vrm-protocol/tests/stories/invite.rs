//! A conduit without a deal: acme hands alice a link, she takes it, and both write into one journal. Eve has the link too.

use vrm_core::Hash;
use vrm_core::value::Seconds;
use vrm_protocol::invitations::{self, InvitationDraft, InvitationState, JoiningState, link};
use vrm_protocol::mail::{Frame, MAX_HOPS};
use vrm_protocol::records::{ConduitState, TermsOutcome};
use vrm_protocol::{Command, Event, Refusal, Side, query};
use vrm_sim::people::{card_of, invitation, text};
use vrm_sim::{CrashPoint, NodeId, Said, Weather, World};

/// Acme sells, and can be dialled; alice and eve cannot. Nobody has cast anything.
struct Street {
    world: World,
    acme: NodeId,
    alice: NodeId,
    eve: NodeId,
}

fn street(seed: u64) -> Street {
    let mut world = World::new(seed, Weather::CALM);
    let acme = world.vendor("acme", |_| {});
    let [alice, eve] = ["alice", "eve"].map(|name| world.customer(name, |_| {}));
    world.publish_card(acme, &card_of("Acme")).unwrap();
    world.suspect(eve);
    Street { world, acme, alice, eve }
}

impl Street {
    fn conduits(&self, who: NodeId) -> Vec<vrm_protocol::records::Conduit> {
        query::conduits(self.world.node(who).store()).unwrap()
    }

    /// The one conduit that both have.
    fn both(&self) -> Hash {
        let (hers, theirs) = (self.conduits(self.alice), self.conduits(self.acme));
        assert_eq!((hers.len(), theirs.len()), (1, 1));
        let (hers, theirs) = (&hers[0], &theirs[0]);
        assert_eq!((hers.id, hers.mine, hers.theirs), (theirs.id, theirs.theirs, theirs.mine));
        assert_eq!(hers.agreement, theirs.agreement);
        assert_eq!(hers.side, theirs.side.other());
        hers.id
    }

    /// Each writes a note, and both have both.
    fn both_write(&mut self) {
        let conduit = self.both();
        self.world.note(self.alice, conduit, "good day").unwrap();
        self.world.note(self.acme, conduit, "and to you").unwrap();
        self.world.run(120);
        let mut hers = self.world.node(self.alice).journal(&conduit);
        assert_eq!(hers, self.world.node(self.acme).journal(&conduit));
        hers.sort();
        let words = |side, words: &str| (side, words.to_owned());
        let side = self.conduits(self.alice)[0].side;
        let mut expected = [words(side, "good day"), words(side.other(), "and to you")];
        expected.sort();
        assert_eq!(hers, expected);
    }

    fn given(&self) -> InvitationState {
        invitations::given(self.world.node(self.acme).store()).unwrap()[0].1.state
    }

    fn taken(&self, who: NodeId) -> JoiningState {
        invitations::taken(self.world.node(who).store()).unwrap()[0].1.state
    }

    fn events(&self, who: NodeId, pick: fn(&Event) -> bool) -> usize {
        self.world.node(who).events().iter().filter(|event| pick(event)).count()
    }

    fn refused(&self, refusal: Refusal) -> u64 {
        let counters = self.world.node(self.acme).stats().unwrap().counters;
        counters.refused.get(&refusal).copied().unwrap_or_default()
    }

    fn sound(&self) {
        assert_eq!(self.world.problems(), &[] as &[String]);
    }
}

fn is_joined(event: &Event) -> bool {
    matches!(event, Event::Joined { .. })
}

#[test]
fn alice_takes_acmes_invitation_and_both_write_into_one_journal() {
    let mut street = street(401);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    street.world.join(street.alice, &link).unwrap();
    street.world.run(10);
    street.both_write();
    let hers = &street.conduits(street.alice)[0];
    assert_eq!((hers.side, hers.name.as_str(), hers.agreement), (Side::Customer, "Acme", None));
    assert_eq!((hers.opened.order(), hers.opened.offer()), (None, None));
    for node in [street.alice, street.acme] {
        assert_eq!(street.events(node, is_joined), 1);
        assert_eq!(query::queue(street.world.node(node).store()).unwrap().len(), 0);
    }
    street.sound();
}

#[test]
fn the_conduit_has_keys_that_the_link_does_not_show() {
    let mut street = street(402);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    street.world.join(street.alice, &link).unwrap();
    street.world.run(10);
    let (shown, conduit) = (link::read(&link).unwrap(), &street.conduits(street.acme)[0]);
    assert!(conduit.mine.sign != shown.by() && conduit.mine.seal != shown.body().reply);
    let vendor = street.world.node(street.acme).root().vendor().public();
    assert!(shown.by() != vendor && conduit.mine.sign != vendor);
    street.sound();
}

#[test]
fn alice_invites_as_a_customer_and_acme_takes_it() {
    let mut street = street(403);
    street.world.add_mailbox(street.alice, street.acme).unwrap();
    street.world.ask(street.acme, Command::ServeMailbox { on: true }).unwrap();
    street.world.run(60);
    let draft = InvitationDraft { name: Some(text("Alice")), ..invitation() };
    let link = street.world.invite(street.alice, &draft).unwrap();
    street.world.run(60);
    street.world.join(street.acme, &link).unwrap();
    street.world.run(300);
    street.both_write();
    let theirs = &street.conduits(street.acme)[0];
    assert_eq!((theirs.side, theirs.name.as_str()), (Side::Vendor, "Alice"));
    street.sound();
}

#[test]
fn nobody_invites_who_could_not_be_answered() {
    let mut street = street(404);
    let said = street.world.invite(street.alice, &invitation()).unwrap_err();
    assert!(matches!(said, Said::Unprepared(words) if words.contains("nobody could answer")));
}

#[test]
fn a_link_that_was_taken_is_refused_to_eve_and_alice_keeps_her_conduit() {
    let mut street = street(405);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    street.world.join(street.alice, &link).unwrap();
    street.world.run(10);
    street.world.join(street.eve, &link).unwrap();
    street.world.run(30);
    assert_eq!(street.refused(Refusal::InvitationTaken), 1);
    assert_eq!((street.conduits(street.eve).len(), street.taken(street.eve)), (0, JoiningState::Refused));
    let again = street.world.join(street.eve, &link);
    assert_eq!(again, Err(Said::Refused(Refusal::InvitationTaken)), "she knows, and nothing leaves");
    street.both_write();
    street.sound();
}

#[test]
fn of_two_who_come_at_once_one_is_let_in() {
    let mut street = street(406);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    for node in [street.alice, street.eve] {
        let prepared = street.world.prepare_joining(node, &link).unwrap();
        street.world.give(node, Command::Join(Box::new(prepared)));
    }
    street.world.run(60);
    let open = street.conduits(street.alice).len() + street.conduits(street.eve).len();
    assert_eq!((open, street.conduits(street.acme).len()), (1, 1));
    assert_eq!(street.refused(Refusal::InvitationTaken), 1);
}

#[test]
fn a_changed_link_and_one_past_its_end_are_refused_before_anything_leaves() {
    let mut street = street(407);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    let before = query::outbox(street.world.node(street.alice).store(), 0, 10).unwrap().len();
    for at in [40, link.len() / 2, link.len() - 3] {
        let mut changed: Vec<char> = link.chars().collect();
        changed[at] = if changed[at] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        assert!(matches!(street.world.join(street.alice, &changed), Err(Said::Unprepared(_))), "at {at}");
    }
    let prepared = street.world.prepare_joining(street.alice, &link).unwrap();
    street.world.run(8 * 86_400);
    let said = street.world.join(street.alice, &link).unwrap_err();
    assert!(matches!(said, Said::Unprepared(words) if words.contains("ended")));
    let said = street.world.ask(street.alice, Command::Join(Box::new(prepared)));
    assert_eq!(said, Err(Said::Refused(Refusal::InvitationOver)), "prepared in time and sent too late");
    assert_eq!(query::outbox(street.world.node(street.alice).store(), 0, 10).unwrap().len(), before);
    assert_eq!(street.given(), InvitationState::Over);
    assert_eq!(street.events(street.acme, |e| matches!(e, Event::Uninvited { .. })), 1);
    street.world.run(8 * 86_400);
    assert_eq!(invitations::given(street.world.node(street.acme).store()).unwrap(), []);
    street.sound();
}

#[test]
fn a_withdrawn_invitation_is_refused() {
    let mut street = street(408);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    let id = link::read(&link).unwrap().id();
    street.world.ask(street.acme, Command::Uninvite { invitation: id }).unwrap();
    let again = street.world.ask(street.acme, Command::Uninvite { invitation: id });
    assert_eq!(again, Err(Said::Refused(Refusal::InvitationOver)));
    street.world.join(street.alice, &link).unwrap();
    street.world.run(30);
    assert_eq!(street.taken(street.alice), JoiningState::Refused);
    assert_eq!(street.events(street.alice, |e| matches!(e, Event::Uninvited { .. })), 1);
    assert_eq!(street.refused(Refusal::InvitationOver), 1);
    street.sound();
}

#[test]
fn acme_does_not_take_its_own_invitation_and_alice_may_ask_twice() {
    let mut street = street(409);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    assert_eq!(street.world.join(street.acme, &link), Err(Said::Refused(Refusal::OwnInvitation)));
    let first = street.world.join(street.alice, &link).unwrap();
    assert_eq!(street.world.join(street.alice, &link), Ok(first));
    street.world.run(10);
    assert_eq!(street.world.join(street.alice, &link), Ok(first));
    street.world.run(10);
    assert_eq!(street.events(street.acme, is_joined), 1);
    street.both_write();
    street.sound();
}

#[test]
fn a_crash_at_any_step_opens_it_once() {
    let mut seed = 410;
    for point in [CrashPoint::BeforeCommit, CrashPoint::AfterCommit] {
        for victims in [[0, 0], [1, 1], [0, 1], [1, 0]] {
            seed += 1;
            let mut street = street(seed);
            let link = street.world.invite(street.acme, &invitation()).unwrap();
            let victims = victims.map(|n| [street.alice, street.acme][n]);
            street.world.crash_at(victims[0], point);
            // Before it is written she hears no answer, and asks again.
            let _ = street.world.join(street.alice, &link);
            street.world.run(5);
            street.world.start(victims[0]);
            street.world.crash_at(victims[1], point);
            let _ = street.world.join(street.alice, &link);
            street.world.run(20);
            street.world.disarm(victims[1]);
            street.world.start(victims[1]);
            let _ = street.world.join(street.alice, &link);
            street.world.run(600);
            for node in [street.alice, street.acme] {
                assert_eq!(street.events(node, is_joined), 1, "seed {seed}");
            }
            street.both_write();
            street.sound();
        }
    }
}

#[test]
fn alice_who_sleeps_behind_a_mailbox_is_welcomed_when_she_wakes() {
    let mut street = street(430);
    let post = street.world.vendor("post", |_| {});
    street.world.ask(post, Command::ServeMailbox { on: true }).unwrap();
    for node in [street.alice, street.acme] {
        street.world.add_mailbox(node, post).unwrap();
    }
    street.world.run(60);
    let link = street.world.invite(street.acme, &invitation()).unwrap();
    street.world.run(60);
    street.world.crash(street.acme);
    street.world.join(street.alice, &link).unwrap();
    street.world.run(120);
    street.world.crash(street.alice);
    street.world.start(street.acme);
    street.world.run(300);
    assert!(matches!(street.given(), InvitationState::Taken { .. }), "the letter lay in the mailbox");
    street.world.crash(street.acme);
    street.world.start(street.alice);
    street.world.run(300);
    assert!(matches!(street.taken(street.alice), JoiningState::Joined { .. }), "so did the welcome");
    street.world.start(street.acme);
    street.world.run(300);
    street.both_write();
    street.sound();
}

#[test]
fn an_agreement_that_it_proffers_is_signed_by_both() {
    let mut street = street(440);
    let draft = InvitationDraft { terms: Some(text("SD-BASE")), ..invitation() };
    let link = street.world.invite(street.acme, &draft).unwrap();
    street.world.join(street.alice, &link).unwrap();
    street.world.run(10);
    let conduit = street.both();
    let agreement = street.conduits(street.alice)[0].agreement.unwrap();
    for node in [street.alice, street.acme] {
        let log = query::terms_log(street.world.node(node).store()).unwrap();
        assert_eq!((log.len(), log[0].outcome), (1, TermsOutcome::Signed));
        let both = vrm_core::agreement::Signed::open(log[0].full.as_ref().unwrap()).unwrap();
        assert_eq!((both.hash(), both.record().scope), (agreement, link::read(&link).unwrap().id()));
        assert_eq!(both.record().agreed().unwrap().id.as_str(), "SD-BASE");
    }
    assert_eq!(street.conduits(street.acme)[0].id, conduit);
    street.both_write();
    street.sound();
}

#[test]
fn a_letter_without_the_agreement_or_the_work_or_about_another_invitation_is_refused() {
    let mut street = street(441);
    street.world.link(street.eve, street.acme);
    let draft = InvitationDraft { terms: Some(text("SD-BASE")), ..invitation() };
    let link = street.world.invite(street.acme, &draft).unwrap();
    let good = street.world.prepare_joining(street.eve, &link).unwrap().letter;
    let keys = street
        .world
        .node(street.eve)
        .root()
        .pairwise(&vrm_core::object::invitation::joining_salt(&link::read(&link).unwrap().id()));
    let mut send = |change: &dyn Fn(&mut vrm_core::envelope::Payload<vrm_core::object::Letter>)| {
        let mut payload = good.payload().clone();
        change(&mut payload);
        let letter = vrm_core::envelope::sign(payload, &keys.signer).unwrap();
        let bytes = Frame { hops: MAX_HOPS, letter: letter.raw().as_bytes() }.write();
        street.world.post(street.eve, street.acme, &bytes);
        street.world.run(5);
    };
    send(&|letter| letter.body.agreement = None);
    send(&|letter| letter.pow = 0);
    send(&|letter| letter.body.about = vrm_core::Cid::of(b"another invitation"));
    assert_eq!(street.given(), InvitationState::Open);
    for refusal in [Refusal::NoAgreement, Refusal::GateWork, Refusal::BadInside] {
        assert_eq!(street.refused(refusal), 1, "{refusal:?}");
    }
}

#[test]
fn a_paused_conduit_of_an_invitation_is_as_any_other() {
    let mut street = street(442);
    let link = street
        .world
        .invite(street.acme, &InvitationDraft { life: Seconds::days(1), ..invitation() })
        .unwrap();
    street.world.join(street.alice, &link).unwrap();
    street.world.run(10);
    let conduit = street.both();
    street.world.ask(street.alice, Command::SetConduit { conduit, state: ConduitState::Closed }).unwrap();
    street.world.run(60);
    assert_eq!(street.conduits(street.acme)[0].state, ConduitState::Closed);
    street.sound();
}
