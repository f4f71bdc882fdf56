//! Nodes for the stories: alice buys, acme and bolt sell, eve cheats. Everything is awaited, nothing slept for.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use vrm_net::{
    CallRef, KeySeed, LetterRef, MessageRef, NetConfig, NetEvent, NetEvents, NetHandle, Published, Topic,
    start,
};
use vrm_protocol::{Peer, Verdict};

pub(crate) const INTENTS: &str = "vrm/1/intents";

/// Longest wait for anything. Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(40);

/// A node and what it heard while something else was awaited.
pub(crate) struct Neighbour {
    pub(crate) net: NetHandle,
    events: NetEvents,
    earlier: VecDeque<NetEvent>,
}

/// A config on memory transport; `key` tells nodes apart.
pub(crate) fn config(key: u8) -> NetConfig {
    let mut config = NetConfig::new(KeySeed::new([key; 32]), &[INTENTS]);
    config.listen = vec!["/memory/0".to_owned()];
    config
}

pub(crate) fn intents() -> Topic {
    Topic::new(INTENTS)
}

impl Neighbour {
    pub(crate) fn start(config: NetConfig) -> Self {
        let (net, events) = start(config).unwrap();
        Self { net, events, earlier: VecDeque::new() }
    }

    pub(crate) fn peer(&self) -> Peer {
        self.net.local_peer().clone()
    }

    /// The first event, past or coming, that `pick` takes; what it leaves stays for later.
    pub(crate) async fn await_event<T>(
        &mut self,
        what: &str,
        pick: impl Fn(&NetEvent) -> Option<T>,
    ) -> (NetEvent, T) {
        if let Some(place) = self.earlier.iter().position(|event| pick(event).is_some()) {
            let event = self.earlier.remove(place).unwrap();
            let taken = pick(&event).unwrap();
            return (event, taken);
        }
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                match pick(&event) {
                    Some(taken) => return (event, taken),
                    None => self.earlier.push_back(event),
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub(crate) async fn await_that(&mut self, what: &str, holds: impl Fn(&NetEvent) -> bool) -> NetEvent {
        self.await_event(what, |event| holds(event).then_some(())).await.0
    }

    pub(crate) async fn listening(&mut self) -> String {
        let pick = |event: &NetEvent| match event {
            NetEvent::Listening { addr } => Some(addr.clone()),
            _ => None,
        };
        self.await_event("an address", pick).await.1
    }

    pub(crate) async fn subscribed(&mut self, who: &Peer) {
        let theirs = |event: &NetEvent| matches!(event, NetEvent::Subscribed { peer, .. } if peer == who);
        self.await_that("a subscription", theirs).await;
    }

    pub(crate) async fn disconnected(&mut self, who: &Peer) {
        let theirs = |event: &NetEvent| matches!(event, NetEvent::Disconnected { peer } if peer == who);
        self.await_that("a disconnection", theirs).await;
    }

    /// The next gossiped message.
    pub(crate) async fn heard(&mut self) -> (Peer, MessageRef, Bytes) {
        let heard = |event: &NetEvent| matches!(event, NetEvent::Heard { .. });
        match self.await_that("a message", heard).await {
            NetEvent::Heard { from, msg, data, .. } => (from, msg, data),
            other => panic!("{other:?} was not asked for"),
        }
    }

    /// The next gossiped message, judged at once.
    pub(crate) async fn hear(&mut self, verdict: Verdict) -> Bytes {
        let (_, msg, data) = self.heard().await;
        self.net.report(msg, verdict);
        data
    }

    /// The next letter.
    pub(crate) async fn letter(&mut self) -> (Peer, LetterRef, Bytes) {
        let letter = |event: &NetEvent| matches!(event, NetEvent::Letter { .. });
        match self.await_that("a letter", letter).await {
            NetEvent::Letter { from, letter, data } => (from, letter, data),
            other => panic!("{other:?} was not asked for"),
        }
    }

    /// The next call.
    pub(crate) async fn call(&mut self) -> (Peer, CallRef, Bytes) {
        let call = |event: &NetEvent| matches!(event, NetEvent::Call { .. });
        match self.await_that("a call", call).await {
            NetEvent::Call { from, call, data } => (from, call, data),
            other => panic!("{other:?} was not asked for"),
        }
    }

    pub(crate) async fn publish(&self, data: &[u8]) -> Published {
        self.net.publish(&intents(), data.to_vec()).await.unwrap()
    }
}

/// Connects `a` to `b`, and waits until each knows that the other listens.
pub(crate) async fn introduce(a: &mut Neighbour, b: &mut Neighbour) {
    let addr = b.net.listen_addrs().await.first().cloned();
    let addr = match addr {
        Some(addr) => addr,
        None => b.listening().await,
    };
    assert_eq!(a.net.dial(&addr).await.unwrap(), b.peer());
    a.subscribed(&b.peer()).await;
    b.subscribed(&a.peer()).await;
}
