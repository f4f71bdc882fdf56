//! The run thread: the only one that owns the machine and commits.
//!
//! Knows the order: take what is there, let the machine handle each against what the group has written so far,
//! commit once, and only then let anything out: verdicts, sends, replies, events. Must not know what an input means
//! or how effects travel.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use vrm_core::value::Timestamp;
use vrm_protocol::store::{Batch, MAX_BATCH_OPS, Overlay, Store, StoreError};
use vrm_protocol::{Act, Command, Effects, Input, Machine, Reply, Stats};

use crate::beats::Meter;
use crate::clock::Clock;
use crate::coming::Coming;
use crate::error::NodeError;
use crate::ingest::Pending;
use crate::outlet::Outlet;
use crate::tail::Teller;

/// Inputs taken into one group. A commit costs about as much as handling this many, so a larger group would add
/// latency and save nothing.
const GROUP: usize = 256;
/// Bytes of one group, unless a single input has more: chunks of attachments are long, and a flush beyond this costs by
/// the byte anyway.
const GROUP_BYTES: usize = 2 << 20;
/// Inputs worth a flush of their own: beyond that, sharing one saves little.
const WORTH_A_FLUSH: usize = 64;
/// How long inputs wait for others that are being verified, and how long between looks: a flush takes longer.
const LINGER: Duration = Duration::from_millis(8);
const LOOK: Duration = Duration::from_micros(500);
/// How long a group waits for requests that are being prepared, as a part of what the last commit took; and how long
/// between looks. One that is not waited for costs the next group a whole commit.
const WAIT_PART: u32 = 2;
const GLANCE: Duration = Duration::from_micros(50);
/// Requests of people taken into one group, before any input.
const REQUESTS: usize = 64;

/// Times the machine may ask to be woken at once in a row: it cuts long work into ticks, each a batch of its own.
const RINGS_IN_A_ROW: u32 = 64;
/// Pause between ticks beyond that, so that a wish that cannot be met yet does not keep a core busy.
const BREATH: Duration = Duration::from_secs(1);

/// What the node's own people and programs ask for.
#[derive(Debug)]
pub enum Request {
    /// Does something.
    Do {
        /// What.
        command: Box<Command>,
        /// The act behind it.
        act: Act,
        /// Where the answer goes.
        reply: Answer<Reply>,
    },
    /// Reads the machine's counters.
    Count(oneshot::Sender<Stats>),
}

/// Where an answer goes.
pub type Answer<T> = oneshot::Sender<Result<T, NodeError>>;

/// The run thread's state.
pub(crate) struct Run {
    pub(crate) machine: Machine,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) outlet: Box<dyn Outlet>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) requests: mpsc::Receiver<Request>,
    /// Whether anybody is left who could ask.
    pub(crate) asked: bool,
    pub(crate) inputs: mpsc::Receiver<Input>,
    /// What is still being verified.
    pub(crate) pending: Pending,
    /// What people's programs are preparing.
    pub(crate) coming: Coming,
    /// The last commit.
    pub(crate) last: Last,
    /// Where events go that are on disk.
    pub(crate) teller: Teller,
    pub(crate) wake: Option<Timestamp>,
    /// Ticks in a row after which the machine wanted the next at once.
    pub(crate) rings: u32,
    pub(crate) group: Group,
    /// Letters and calls that could not be tried, to be told to the machine.
    pub(crate) bounced: VecDeque<Input>,
}

/// What was handled since the last commit, and waits for the next.
#[derive(Default)]
pub(crate) struct Group {
    batch: Batch,
    bytes: usize,
    done: Vec<Done>,
}

/// The last commit: how many people it answered, and how long it took.
#[derive(Default)]
pub(crate) struct Last {
    answered: usize,
    took: Duration,
}

/// Effects of one input, and whoever waits for its reply.
type Done = (Effects, Option<Answer<Reply>>);

/// What came in while the thread waited.
#[derive(Default)]
struct Taken {
    requests: Vec<Request>,
    inputs: Vec<Input>,
}

impl Run {
    /// Runs until nobody can bring inputs any more, or until the store fails. `waiter` only waits: it drives timers
    /// and wakes this thread.
    pub(crate) fn run(mut self, effects: Effects, waiter: &Runtime) -> Result<(), StoreError> {
        let mut taken = Taken::default();
        self.hold(effects, None)?;
        self.commit()?;
        while waiter.block_on(self.gather(&mut taken)) {
            self.turn(&mut taken)?;
        }
        Ok(())
    }

    /// Waits until there is something to do; false when the node closes and everything is done.
    async fn gather(&mut self, taken: &mut Taken) -> bool {
        if !self.bounced.is_empty() {
            return true;
        }
        let (clock, wake) = (Arc::clone(&self.clock), self.wake);
        tokio::select! {
            biased;
            some = self.requests.recv_many(&mut taken.requests, REQUESTS), if self.asked => {
                self.asked = some > 0;
            }
            some = self.inputs.recv_many(&mut taken.inputs, GROUP) => {
                if some == 0 {
                    return self.last_requests(taken);
                }
            }
            () = wait(&*clock, wake, self.rings), if wake.is_some() => {}
        }
        self.take_more(taken);
        self.linger(taken);
        true
    }

    /// Nobody brings inputs any more: what was asked before that is still answered.
    fn last_requests(&mut self, taken: &mut Taken) -> bool {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            taken.requests.push(request);
        }
        !taken.requests.is_empty()
    }

    /// Under load, lets a group grow before it is flushed. People never wait for strangers.
    fn linger(&mut self, taken: &mut Taken) {
        if taken.requests.is_empty() { self.await_inputs(taken) } else { self.await_requests(taken) }
    }

    /// Who writes beside others, and was just answered, may be about to write again. Who writes alone waits for nobody.
    fn await_requests(&mut self, taken: &mut Taken) {
        let (start, most) = (Instant::now(), LINGER.min(self.last.took / WAIT_PART));
        let mut more = self.last.answered > 1;
        while more && taken.requests.len() < REQUESTS && start.elapsed() < most {
            std::thread::sleep(GLANCE);
            self.take_more(taken);
            more = self.coming.any();
        }
    }

    fn await_inputs(&mut self, taken: &mut Taken) {
        let start = Instant::now();
        while taken.requests.is_empty()
            && taken.inputs.len() < WORTH_A_FLUSH
            && self.pending.any()
            && start.elapsed() < LINGER
        {
            std::thread::sleep(LOOK);
            self.take_more(taken);
        }
    }

    /// Takes what else is there already.
    fn take_more(&mut self, taken: &mut Taken) {
        while taken.requests.len() < REQUESTS
            && let Ok(request) = self.requests.try_recv()
        {
            taken.requests.push(request);
        }
        while taken.inputs.len() < GROUP
            && let Ok(input) = self.inputs.try_recv()
        {
            taken.inputs.push(input);
        }
    }

    /// One group: the clock, then people, then the network.
    fn turn(&mut self, taken: &mut Taken) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.wake.is_some_and(|wake| wake <= now) {
            self.wake = None;
            self.handle(Input::Tick, None, now)?;
            let again = self.wake.is_some_and(|wake| wake <= now);
            self.rings = if again { self.rings.saturating_add(1) } else { 0 };
        }
        for request in taken.requests.drain(..) {
            self.answer(request, now)?;
        }
        for input in std::mem::take(&mut self.bounced).into_iter().chain(taken.inputs.drain(..)) {
            self.handle(input, None, now)?;
        }
        self.commit()
    }

    fn answer(&mut self, request: Request, now: Timestamp) -> Result<(), StoreError> {
        match request {
            Request::Do { command, act, reply } => {
                self.handle(Input::Command { command: *command, act }, Some(reply), now)
            }
            Request::Count(reply) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.machine.stats());
                Ok(())
            }
        }
    }

    fn handle(
        &mut self,
        input: Input,
        reply: Option<Answer<Reply>>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let start = Instant::now();
        let view = Overlay::new(&*self.store, &self.group.batch);
        let effects = self.machine.handle(input, now, &mut self.rng, &view);
        self.meter.handle.since(start);
        self.hold(effects, reply)
    }

    /// Adds effects to the group; commits what was there before when both are too much for one batch.
    fn hold(&mut self, mut effects: Effects, reply: Option<Answer<Reply>>) -> Result<(), StoreError> {
        let bytes = effects.batch.bytes();
        if self.group.batch.len() + effects.batch.len() > MAX_BATCH_OPS
            || self.group.bytes + bytes > GROUP_BYTES
        {
            self.commit()?;
        }
        self.group.bytes += bytes;
        self.wake = earlier(self.wake, effects.wake);
        self.group.batch.merge(std::mem::take(&mut effects.batch));
        self.group.done.push((effects, reply));
        Ok(())
    }

    /// Brings the group to the disk, then lets its effects out. When that fails, nothing gets out but the error.
    fn commit(&mut self) -> Result<(), StoreError> {
        let Group { batch, done, .. } = std::mem::take(&mut self.group);
        if !batch.is_empty() {
            let start = Instant::now();
            let committed = self.store.commit(&batch);
            let answered = done.iter().filter(|(_, reply)| reply.is_some()).count();
            self.last = Last { answered, took: self.meter.commit.since(start) - start };
            if let Err(error) = committed {
                refuse_all(done, &error);
                return Err(error);
            }
        }
        self.release(done);
        Ok(())
    }

    /// Lets a group's effects out, each kind for the whole group before the next.
    fn release(&mut self, mut done: Vec<Done>) {
        for (effects, _) in &mut done {
            effects.verdicts.drain(..).for_each(|judged| self.outlet.judge(judged));
            effects.penalties.drain(..).for_each(|penalty| self.outlet.penalise(penalty));
        }
        for send in done.iter_mut().flat_map(|(effects, _)| effects.sends.drain(..)) {
            if let Err(bounced) = self.outlet.send(send) {
                self.bounced.push_back(bounced.into());
            }
        }
        self.teller.tell(done.iter_mut().flat_map(|(effects, _)| effects.events.drain(..)));
        done.into_iter().for_each(answer);
    }
}

/// Answers whoever asked; who has gone misses nothing but the answer.
fn answer((effects, reply): Done) {
    if let (Some(reply), Some(result)) = (reply, effects.reply) {
        let _ = reply.send(result.map_err(NodeError::from));
    }
}

async fn wait(clock: &dyn Clock, wake: Option<Timestamp>, rings: u32) {
    if rings > RINGS_IN_A_ROW {
        tokio::time::sleep(BREATH).await;
    }
    if let Some(wake) = wake {
        clock.wait(wake).await;
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn refuse_all(done: Vec<Done>, error: &StoreError) {
    for reply in done.into_iter().filter_map(|(_, reply)| reply) {
        let _ = reply.send(Err(NodeError::Store(error.clone())));
    }
}
