//! Between the network's words and the machine's: events become inputs, effects become commands of the swarm.
//!
//! Knows both vocabularies, decides nothing. Must not know what bytes mean or what is stored.

use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, watch};
use vrm_net::{NetEvent, NetEvents, NetHandle};
use vrm_protocol::calls::{CallTag, Stream};
use vrm_protocol::effects::{Judged, LetterTag, MessageTag, Penalty, Send, SendTag};
use vrm_protocol::mail::Receipt;
use vrm_protocol::{Input, Peer, Topic, Verdict};

use crate::ingest::{Intake, WeakIntake};
use crate::outlet::{Bounced, Outlet};
use crate::post::Errand;
use crate::reading::{Claim, Received};
use crate::tags::Tags;

/// Letters on their way at a time: what the machine has under way of its own and of others, and some to spare.
const LETTERS: usize = 512;
/// Calls on their way at a time.
const CALLS: usize = 128;
/// Network events taken in one turn.
const TURN: usize = 64;

/// From the network to the machine: one task.
pub(crate) struct Inbound {
    pub(crate) net: NetHandle,
    pub(crate) events: NetEvents,
    pub(crate) intake: Intake,
    pub(crate) inputs: mpsc::Sender<Input>,
    pub(crate) errands: mpsc::Sender<Errand>,
    pub(crate) tags: Arc<Tags>,
    /// How many listeners have said where they listen.
    pub(crate) listening: watch::Sender<usize>,
}

impl Inbound {
    /// Runs until the network stops, or until it is aborted because the node closes.
    pub(crate) async fn run(mut self) {
        let mut some = Vec::with_capacity(TURN);
        while self.events.recv_many(&mut some, TURN).await > 0 {
            for event in some.drain(..) {
                self.event(event).await;
            }
        }
    }

    async fn event(&self, event: NetEvent) {
        match event {
            NetEvent::Heard { topic, from, msg, data, at } => match Topic::from_name(topic.as_str()) {
                Some(topic) => {
                    let what = Claim::Gossip(topic, self.tags.message(msg));
                    self.offer(Received { from, at, what, data });
                }
                None => self.net.report(msg, Verdict::Ignore),
            },
            NetEvent::Letter { from, letter, data } => {
                let what = Claim::Letter(self.tags.letter(letter));
                self.offer(Received { from, at: Instant::now(), what, data });
            }
            NetEvent::Call { from, call, data } => {
                let what = Claim::Call(call.stream(), self.tags.call(call));
                self.offer(Received { from, at: Instant::now(), what, data });
            }
            NetEvent::Connected { peer, addr, outbound } => {
                self.input(Input::Connected { peer, dialled: outbound.then_some(addr) }).await;
            }
            NetEvent::Disconnected { peer } => self.input(Input::Disconnected { peer }).await,
            NetEvent::Discovered { peer, addrs } => self.errand(Errand::Remember(peer, addrs)).await,
            NetEvent::Subscribed { topic, .. } => {
                if let Some(topic) = Topic::from_name(topic.as_str()) {
                    self.errand(Errand::Listens(topic)).await;
                }
            }
            other => self.note(&other),
        }
    }

    /// What finds the pool full is let go at once: nobody is blamed, and letters are tried again by their writers.
    fn offer(&self, received: Received) {
        let Err(turned_away) = self.intake.offer(received) else { return };
        match turned_away.what {
            Claim::Gossip(_, tag) => judge(&self.net, &self.tags, tag, Verdict::Ignore),
            Claim::Letter(tag) => answer(&self.net, &self.tags, tag, None),
            Claim::Call(_, tag) => answer_call(&self.net, &self.tags, tag, None),
            // Answers come another way.
            Claim::Answer(..) => {}
        }
    }

    /// Fails only when the run thread has ended, and then the node closes.
    async fn input(&self, input: Input) {
        let _ = self.inputs.send(input).await;
    }

    async fn errand(&self, errand: Errand) {
        let _ = self.errands.send(errand).await;
    }

    fn note(&self, event: &NetEvent) {
        match event {
            NetEvent::Listening { addr } => {
                tracing::info!(%addr, "listening");
                self.listening.send_modify(|count| *count += 1);
            }
            NetEvent::ListenFailed { addr, why } => tracing::warn!(%addr, %why, "a listener failed"),
            NetEvent::SlowPeer { peer, missed } => tracing::debug!(%peer, missed, "a slow neighbour"),
            NetEvent::OtherVersion { peer, theirs } => {
                tracing::info!(%peer, %theirs, "another version was let go")
            }
            NetEvent::Banned { peer, lasts } => tracing::info!(%peer, ?lasts, "a neighbour was banned"),
            _ => {}
        }
    }
}

/// From the machine to the network, on the run thread.
pub(crate) struct Outbound {
    net: NetHandle,
    runtime: Handle,
    tags: Arc<Tags>,
    errands: mpsc::Sender<Errand>,
    /// Weak, because the inputs end when everybody who brings some is gone, and letters are no reason to stay.
    inputs: mpsc::WeakSender<Input>,
    intake: WeakIntake,
    letters: Arc<Semaphore>,
    calls: Arc<Semaphore>,
}

impl Outbound {
    /// The outlet of a node whose tasks run on the current runtime.
    pub(crate) fn new(
        net: NetHandle,
        tags: Arc<Tags>,
        errands: mpsc::Sender<Errand>,
        inputs: mpsc::WeakSender<Input>,
        intake: WeakIntake,
    ) -> Self {
        let (letters, calls) = (Arc::new(Semaphore::new(LETTERS)), Arc::new(Semaphore::new(CALLS)));
        Self { net, runtime: Handle::current(), tags, errands, inputs, intake, letters, calls }
    }

    /// Fails only when the post has ended, which it does after the run thread.
    fn errand(&self, errand: Errand) {
        let _ = self.errands.blocking_send(errand);
    }

    fn letter(&self, tag: SendTag, to: Peer, addrs: Vec<String>, bytes: Vec<u8>) -> Result<(), Bounced> {
        let permit = Arc::clone(&self.letters).try_acquire_owned().map_err(|_| Bounced::Letter(tag))?;
        let (net, inputs) = (self.net.clone(), self.inputs.clone());
        self.runtime.spawn(async move {
            let receipt = hand_over(&net, &to, &addrs, bytes).await;
            drop(permit);
            if let Some(inputs) = inputs.upgrade() {
                let _ = inputs.send(Input::Receipt { tag, receipt }).await;
            }
        });
        Ok(())
    }

    fn call(
        &self,
        tag: SendTag,
        stream: Stream,
        to: Peer,
        addrs: Vec<String>,
        bytes: Vec<u8>,
    ) -> Result<(), Bounced> {
        let permit = Arc::clone(&self.calls).try_acquire_owned().map_err(|_| Bounced::Call(tag))?;
        let (net, intake, inputs) = (self.net.clone(), self.intake.clone(), self.inputs.clone());
        self.runtime.spawn(async move {
            let answer = net.call(stream, &to, &addrs, bytes).await;
            drop(permit);
            let given =
                answer.inspect_err(|error| tracing::debug!(peer = %to, %error, "a call was not answered"));
            let read = given.ok().zip(intake.upgrade()).map(|(data, intake)| {
                let what = Claim::Answer(stream, tag);
                intake.offer(Received { from: to, at: Instant::now(), what, data: data.into() })
            });
            if !matches!(read, Some(Ok(())))
                && let Some(inputs) = inputs.upgrade()
            {
                let _ = inputs.send(Input::Answered { tag, answer: None }).await;
            }
        });
        Ok(())
    }
}

impl Outlet for Outbound {
    fn judge(&mut self, judged: Judged) {
        judge(&self.net, &self.tags, judged.tag, judged.verdict);
    }

    fn penalise(&mut self, penalty: Penalty) {
        self.errand(Errand::Penalise(penalty));
    }

    fn send(&mut self, send: Send) -> Result<(), Bounced> {
        match send {
            Send::Gossip(publication) => self.errand(Errand::Publish(publication)),
            Send::Letter { tag, to, addrs, bytes } => return self.letter(tag, to, addrs, bytes),
            Send::Receipt { tag, receipt } => answer(&self.net, &self.tags, tag, receipt),
            Send::Call { tag, stream, to, addrs, bytes } => return self.call(tag, stream, to, addrs, bytes),
            Send::Answer { tag, bytes } => answer_call(&self.net, &self.tags, tag, bytes),
            Send::Remember { peer, addrs } => self.errand(Errand::Remember(peer, addrs)),
            Send::Forget { peer } => self.errand(Errand::Forget(peer)),
        }
        Ok(())
    }
}

async fn hand_over(net: &NetHandle, to: &Peer, addrs: &[String], bytes: Vec<u8>) -> Option<Receipt> {
    match net.send_letter(to, addrs, bytes).await {
        Ok(answer) => Receipt::from_bytes(&answer),
        Err(error) => {
            tracing::debug!(peer = %to, %error, "a letter was not answered");
            None
        }
    }
}

fn judge(net: &NetHandle, tags: &Tags, tag: MessageTag, verdict: Verdict) {
    if let Some(message) = tags.take_message(tag) {
        net.report(message, verdict);
    }
}

fn answer(net: &NetHandle, tags: &Tags, tag: LetterTag, receipt: Option<Receipt>) {
    if let Some(letter) = tags.take_letter(tag) {
        net.answer(letter, receipt.map(Receipt::to_bytes));
    }
}

fn answer_call(net: &NetHandle, tags: &Tags, tag: CallTag, bytes: Option<Vec<u8>>) {
    if let Some(call) = tags.take_call(tag) {
        net.answer_call(call, bytes);
    }
}
