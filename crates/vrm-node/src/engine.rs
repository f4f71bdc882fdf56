//! The node below its network: verifying pool, run thread, store. Bytes go in, effects come out of an outlet.
//!
//! Knows: which threads there are and how they are joined. Must not know libp2p: a benchmark drives it as the
//! network does.

use std::sync::Arc;
use std::thread::JoinHandle;

use rand_chacha::ChaCha20Rng;
use tokio::sync::mpsc;
use vrm_core::root::Root;
use vrm_protocol::store::{Store, StoreError};
use vrm_protocol::{Input, Machine, Peer, Settings};

use crate::beats::{Beats, Meter};
use crate::clock::Clock;
use crate::coming::Coming;
use crate::error::NodeError;
use crate::ingest::{self, Intake, WeakIntake};
use crate::outlet::Outlet;
pub use crate::reading::{Claim, Received};
pub use crate::run::{Answer, Request};
use crate::run::{Group, Last, Run};
pub use crate::tail::Tail;
use crate::tail::tail;

/// Inputs waiting for the run thread. The verifying pool waits when it is full, then sheds.
const INPUTS: usize = 1024;
/// Requests waiting for the run thread; callers beyond wait their turn.
const REQUESTS: usize = 64;

/// What an engine is made of.
#[expect(missing_debug_implementations, reason = "a store has none, and a root secret is among the parts")]
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The operator's choices.
    pub settings: Settings,
    /// The root secret.
    pub root: Root,
    /// The name this node has on the network.
    pub me: Peer,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: ChaCha20Rng,
    /// Verifying threads.
    pub verifiers: usize,
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    /// The way in for received bytes.
    pub intake: Intake,
    /// The way in for people.
    pub requests: mpsc::Sender<Request>,
    /// The way in for news of the network. The engine ends when all copies are dropped and the intake is closed.
    pub inputs: mpsc::Sender<Input>,
    /// What happened, as it happens.
    pub tail: Tail,
    pub(crate) meter: Arc<Meter>,
    pub(crate) coming: Coming,
    pub(crate) threads: Threads,
}

/// The threads of an engine.
#[derive(Debug)]
pub(crate) struct Threads {
    run: JoinHandle<Result<(), StoreError>>,
    pool: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads. `outlet` gets ways to bring inputs and bytes that do not keep the engine running.
    ///
    /// # Errors
    /// [`NodeError::Store`] when what is stored cannot be read; [`NodeError::Thread`].
    pub fn start(
        parts: Parts,
        outlet: impl FnOnce(mpsc::WeakSender<Input>, WeakIntake) -> Box<dyn Outlet>,
    ) -> Result<Self, NodeError> {
        let (requests, requests_out) = mpsc::channel(REQUESTS);
        let (inputs, inputs_out) = mpsc::channel(INPUTS);
        let meter = Arc::<Meter>::default();
        let now = parts.clock.now();
        let (machine, effects) = Machine::start(parts.settings, &*parts.store, parts.root, parts.me, now)?;
        let (teller, tail) = tail(machine.stats().next_event.saturating_sub(1));
        let (intake, pool) = ingest::start(parts.verifiers, &inputs, &meter)?;
        let coming = Coming::default();
        let run = Run {
            machine,
            store: parts.store,
            clock: parts.clock,
            rng: parts.rng,
            outlet: outlet(inputs.downgrade(), intake.weak()),
            meter: Arc::clone(&meter),
            requests: requests_out,
            asked: true,
            inputs: inputs_out,
            pending: intake.pending(),
            coming: coming.clone(),
            last: Last::default(),
            teller,
            wake: None,
            rings: 0,
            group: Group::default(),
            bounced: std::collections::VecDeque::new(),
        };
        let waiter = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let waiter = waiter.map_err(|e| NodeError::Thread(e.to_string()))?;
        let thread = std::thread::Builder::new().name("vrm-run".to_owned());
        let run =
            thread.spawn(move || run.run(effects, &waiter)).map_err(|e| NodeError::Thread(e.to_string()))?;
        Ok(Self { intake, requests, inputs, tail, meter, coming, threads: Threads { run, pool } })
    }

    /// How long each beat took so far.
    #[must_use]
    pub fn beats(&self) -> Beats {
        self.meter.read()
    }

    /// Takes nothing more, finishes what is there, and ends.
    ///
    /// # Errors
    /// What stopped the run thread before.
    pub fn finish(self) -> Result<(), NodeError> {
        self.intake.close();
        drop((self.requests, self.inputs));
        self.threads.join()
    }
}

impl Threads {
    /// Waits until all have ended.
    pub(crate) fn join(self) -> Result<(), NodeError> {
        let verified = self.pool.into_iter().map(JoinHandle::join).all(|ended| ended.is_ok());
        let run = self.run.join().map_err(|_| NodeError::Broken("the run thread"))?;
        run?;
        if verified { Ok(()) } else { Err(NodeError::Broken("a verifying thread")) }
    }
}
