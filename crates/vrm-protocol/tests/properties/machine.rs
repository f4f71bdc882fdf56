//! One machine and a script of inputs: a refusal leaves no trace, and the same script gives the same effects.

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use vrm_core::object::deal::Reason;
use vrm_core::root::Root;
use vrm_core::value::Timestamp;
use vrm_core::{Cid, RawEnvelope, Unverified};
use vrm_protocol::mail::{Frame, Receipt};
use vrm_protocol::prepare::{self, Desk};
use vrm_protocol::records::{key, table};
use vrm_protocol::store::Store;
use vrm_protocol::{
    Act, Command, Effects, Heard, Input, LetterTag, Machine, MessageTag, Peer, Reply, Send, SendTag,
    Settings, query,
};
use vrm_sim::people::{at_price, offer_at, text, wish};
use vrm_store::MemoryStore;

/// One thing that happens; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Cast,
    Withdraw(u8),
    Filter(u8),
    Forget(u8),
    HearStranger(u8),
    Offer(u8),
    OfferOfStranger(u8, u8),
    Talk(u8, u8),
    Connected(u8),
    Disconnected(u8),
    Receipt(u8, u8),
    Wait(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Cast),
        1 => any::<u8>().prop_map(Step::Withdraw),
        1 => any::<u8>().prop_map(Step::Filter),
        1 => any::<u8>().prop_map(Step::Forget),
        3 => any::<u8>().prop_map(Step::HearStranger),
        3 => any::<u8>().prop_map(Step::Offer),
        3 => any::<(u8, u8)>().prop_map(|(a, b)| Step::OfferOfStranger(a, b)),
        8 => any::<(u8, u8)>().prop_map(|(a, b)| Step::Talk(a, b)),
        2 => any::<u8>().prop_map(Step::Connected),
        1 => any::<u8>().prop_map(Step::Disconnected),
        4 => any::<(u8, u8)>().prop_map(|(a, b)| Step::Receipt(a, b)),
        2 => any::<u8>().prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// A node and the little it needs to make sense of a script.
struct Node {
    machine: Machine,
    store: MemoryStore,
    settings: Settings,
    rng: ChaCha20Rng,
    desk: ChaCha20Rng,
    now: u64,
    sent: Vec<SendTag>,
    strangers: u8,
}

fn settings() -> Settings {
    Settings { work_gossip: 0, work_offer: 0, ..Settings::default() }
}

fn root(n: u8) -> Root {
    Root::from_entropy([n; 32])
}

fn pick<T: Clone>(of: &[T], n: u8) -> Option<T> {
    if of.is_empty() { None } else { of.get(usize::from(n) % of.len()).cloned() }
}

impl Node {
    fn new() -> Self {
        let (settings, store) = (settings(), MemoryStore::new());
        let now = 1_800_000_000;
        let at = Timestamp::new(now).unwrap();
        let (machine, _) = Machine::start(settings.clone(), &store, root(1), Peer::new("here"), at).unwrap();
        let [rng, desk] = [5, 6].map(|n| ChaCha20Rng::from_seed([n; 32]));
        let mut node = Self { machine, store, settings, rng, desk, now, sent: Vec::new(), strangers: 10 };
        node.handle(command(Command::SaveFilter { name: text("all"), source: "true".into() }));
        node
    }

    fn at(&self) -> Timestamp {
        Timestamp::new(self.now).unwrap()
    }

    fn handle(&mut self, input: Input) -> Effects {
        let effects = self.machine.handle(input, self.at(), &mut self.rng, &self.store);
        self.store.commit(&effects.batch).unwrap();
        let tags = effects.sends.iter().filter_map(|send| match send {
            Send::Letter { tag, .. } => Some(*tag),
            _ => None,
        });
        self.sent.extend(tags);
        effects
    }

    /// What a step is for this node now; `None` when there is nothing to do it with.
    fn input(&mut self, step: &Step) -> Option<Input> {
        match step {
            Step::Cast => self.prepared(1).map(|p| command(Command::Cast(Box::new(p)))),
            Step::Withdraw(n) => pick(&self.own(), *n).map(|intent| command(Command::Withdraw { intent })),
            Step::Filter(n) => {
                let source = ["true", "this is no filter", "cap > 3"][usize::from(*n) % 3].to_owned();
                Some(command(Command::SaveFilter { name: text(&format!("f{}", n % 2)), source }))
            }
            Step::Forget(n) => Some(command(Command::RemoveFilter { name: text(&format!("f{}", n % 3)) })),
            Step::HearStranger(n) => {
                self.strangers = self.strangers.wrapping_add(1).max(10);
                let heard = self.prepared(self.strangers)?;
                let object = Heard::Intent(Box::new(heard.signed));
                Some(Input::Heard { from: peer(*n), tag: MessageTag(u64::from(*n)), object })
            }
            Step::Offer(n) => self.offer(*n),
            Step::OfferOfStranger(intent, by) => self.letter(*intent, *by),
            Step::Talk(n, what) => self.talk(*n, *what),
            Step::Connected(n) => Some(Input::Connected { peer: peer(*n), dialled: None }),
            Step::Disconnected(n) => Some(Input::Disconnected { peer: peer(*n) }),
            Step::Receipt(n, what) => {
                let receipt = [Some(Receipt::Stored), Some(Receipt::OutOfTurn), Some(Receipt::NoWay), None]
                    [usize::from(*what) % 4];
                pick(&self.sent, *n).map(|tag| Input::Receipt { tag, receipt })
            }
            Step::Wait(n) => {
                self.now += u64::from(*n) * 20;
                Some(Input::Tick)
            }
        }
    }

    fn own(&self) -> Vec<Cid> {
        query::own_intents(&self.store).unwrap().into_iter().map(|(id, _)| id).collect()
    }

    fn prepared(&mut self, who: u8) -> Option<vrm_protocol::command::PreparedIntent> {
        let (root, policy) = (root(who), Default::default());
        let desk = Desk {
            root: &root,
            settings: &self.settings,
            policy: &policy,
            route: None,
            mailboxes: Vec::new(),
            now: self.at(),
        };
        prepare::intent(&desk, &wish("a lamp", "home/lamp"), &mut self.desk).ok()
    }

    fn offer(&mut self, n: u8) -> Option<Input> {
        let matches = query::matches(&self.store, 0, 100).unwrap();
        let (_, intent) = pick(&matches, n)?;
        let (root, policy) = (root(1), Default::default());
        let desk = Desk {
            root: &root,
            settings: &self.settings,
            policy: &policy,
            route: None,
            mailboxes: Vec::new(),
            now: self.at(),
        };
        let prepared =
            prepare::offer(&desk, &intent, None, &offer_at(intent.id(), "10 EUR"), &mut self.desk).ok()?;
        Some(command(Command::Offer(Box::new(prepared))))
    }

    /// A stranger's first letter on an own intent, read from its bytes.
    fn letter(&mut self, n: u8, by: u8) -> Option<Input> {
        let own = query::own_intents(&self.store).unwrap();
        let (_, own) = pick(&own, n)?;
        let intent = vrm_core::Signed::open(&own.raw).unwrap();
        let (root, policy) = (root(100 + by % 4), Default::default());
        let desk = Desk {
            root: &root,
            settings: &self.settings,
            policy: &policy,
            route: None,
            mailboxes: Vec::new(),
            now: self.at(),
        };
        let prepared =
            prepare::offer(&desk, &intent, None, &offer_at(intent.id(), "10 EUR"), &mut self.desk).ok()?;
        let bytes = Frame { hops: 1 + by % 4, letter: prepared.letter.raw().as_bytes() }.write();
        let frame = Frame::read(&bytes).unwrap();
        let letter = Unverified::read(RawEnvelope::new(frame.letter)).unwrap().verify().unwrap();
        Some(Input::Letter {
            from: peer(by),
            tag: LetterTag(u64::from(by)),
            hops: frame.hops,
            letter: Box::new(letter),
        })
    }

    fn talk(&mut self, n: u8, what: u8) -> Option<Input> {
        let offer = pick(&query::deals(&self.store).unwrap(), n)?.offer;
        Some(command(match what % 6 {
            0 => Command::Ask { offer, text: text("Is it quiet?") },
            1 => Command::Answer { offer, text: text("It is.") },
            2 => Command::Counter { offer, proposal: Box::new(at_price("9 EUR")) },
            3 => Command::Accept { offer },
            4 => Command::Confirm { offer },
            _ => Command::Decline { offer, reason: Reason::Price },
        }))
    }
}

fn peer(n: u8) -> Peer {
    Peer::new(&format!("peer{}", n % 3))
}

fn command(command: Command) -> Input {
    Input::Command { command, act: Act::Human }
}

fn last_line(node: &Node) -> u64 {
    query::outbox(&node.store, 0, usize::MAX).unwrap().last().map_or(0, |(n, _)| *n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_refused_command_leaves_no_trace(script in steps()) {
        let mut node = Node::new();
        let mut lines = last_line(&node);
        let mut events = 0;
        for step in &script {
            let Some(input) = node.input(step) else { continue };
            // What is due anyway is done first: a sweep, then timers.
            (0..2).for_each(|_| drop(node.handle(Input::Tick)));
            let before = node.machine.stats().next_event;
            let effects = node.handle(input);
            if matches!(effects.reply, Some(Err(_))) {
                let others = effects.batch.ops().filter(|(k, _)| k[0] != table::QUEUE).count();
                prop_assert_eq!((others, effects.events.len(), node.machine.stats().next_event), (0, 0, before), "{:?}", step);
                let others = effects.sends.iter().any(|s| !matches!(s, Send::Letter { .. }));
                prop_assert!(!others, "only letters of before are tried");
            }
            prop_assert_eq!(node.machine.stats().next_event, before + effects.events.len() as u64);
            // Numbers go on one by one, whatever was refused in between.
            let now = last_line(&node);
            let written = query::outbox(&node.store, lines + 1, usize::MAX).unwrap();
            prop_assert_eq!(written.iter().map(|(n, _)| *n).collect::<Vec<_>>(), (lines + 1..=now).collect::<Vec<_>>());
            for told in &effects.events {
                prop_assert!(told.seq > events);
                events = told.seq;
            }
            lines = now;
        }
    }

    #[test]
    fn the_same_script_gives_the_same_effects(script in steps()) {
        let (mut one, mut other) = (Node::new(), Node::new());
        for step in &script {
            let inputs = (one.input(step), other.input(step));
            let (Some(a), Some(b)) = inputs else { continue };
            prop_assert_eq!(format!("{:?}", one.handle(a)), format!("{:?}", other.handle(b)));
        }
        prop_assert_eq!(one.machine.stats(), other.machine.stats());
    }

    #[test]
    fn a_machine_that_starts_again_knows_what_it_knew(script in steps()) {
        let mut node = Node::new();
        for step in &script {
            if let Some(input) = node.input(step) {
                node.handle(input);
            }
        }
        let before = node.machine.stats();
        let (mut again, _) = Machine::start(node.settings.clone(), &node.store, root(1), Peer::new("here"), node.at()).unwrap();
        let after = again.stats();
        prop_assert_eq!((after.next_event, after.live_intents), (before.next_event, before.live_intents));
        let queued = query::queue(&node.store).unwrap().len();
        prop_assert_eq!(after.queued_letters, queued, "each letter on disk waits, once");
        let lines = last_line(&node);
        let prepared = node.prepared(1).unwrap();
        let effects = again.handle(command(Command::Cast(Box::new(prepared))), node.at(), &mut node.rng, &node.store);
        let cast = matches!(effects.reply, Some(Ok(Reply::Object { .. })));
        prop_assert!(cast);
        let next = key(table::OUTBOX, &[&(lines + 1).to_be_bytes()]);
        prop_assert!(effects.batch.get(&next).is_some(), "the ledger goes on with its next number");
    }
}
