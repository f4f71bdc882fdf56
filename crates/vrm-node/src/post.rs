//! The post: one task that brings to the swarm what the run thread let out and nobody waits for.
//!
//! Knows: errands and own publications. Must not know the machine. It waits for nothing but the swarm, which waits
//! for nobody: so the run thread may wait for the post.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use vrm_net::{NetHandle, Published, Topic as NetTopic};
use vrm_protocol::{Peer, Penalty, Publication, Topic};

use crate::clock::Clock;
use crate::publications::Publications;

/// Errands waiting: a group's worth. The run thread waits beyond it.
pub(crate) const ERRANDS: usize = 512;

/// Something for the swarm that nobody waits for.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Publish an own object, and again when somebody new listens.
    Publish(Publication),
    /// Somebody new listens.
    Listens(Topic),
    /// Points against a neighbour.
    Penalise(Penalty),
    /// Keep a connection to a node.
    Remember(Peer, Vec<String>),
    /// Stop that.
    Forget(Peer),
}

/// The task's state.
pub(crate) struct Post {
    net: NetHandle,
    errands: mpsc::Receiver<Errand>,
    clock: Arc<dyn Clock>,
    own: Publications,
}

impl Post {
    /// A post that begins with publications of an earlier run.
    pub(crate) fn new(
        net: NetHandle,
        errands: mpsc::Receiver<Errand>,
        clock: Arc<dyn Clock>,
        own: Publications,
    ) -> Self {
        Self { net, errands, clock, own }
    }

    /// Runs until nobody has errands any more.
    pub(crate) async fn run(mut self) {
        loop {
            let next = self.own.next();
            tokio::select! {
                errand = self.errands.recv() => match errand {
                    Some(errand) => self.do_errand(errand).await,
                    None => break,
                },
                () = until(next), if next.is_some() => {}
            }
            self.publish_due().await;
        }
    }

    async fn do_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Publish(publication) => self.own.add(publication, Instant::now()),
            Errand::Listens(topic) => self.own.listened(topic, Instant::now()),
            Errand::Penalise(Penalty { peer, points }) => self.net.penalise(&peer, points).await,
            Errand::Remember(peer, addrs) => {
                if let Err(error) = self.net.add_known(&peer, &addrs).await {
                    tracing::debug!(%peer, %error, "an address cannot be kept");
                }
            }
            Errand::Forget(peer) => self.net.forget(&peer).await,
        }
    }

    async fn publish_due(&mut self) {
        self.own.expire(self.clock.now());
        while let Some((number, topic, bytes)) = self.own.due(Instant::now()) {
            let outcome = self.net.publish(&NetTopic::new(topic.name()), bytes).await;
            let outcome = outcome.unwrap_or_else(|error| {
                tracing::warn!(%error, "an own object was not published");
                Published::NoPeers
            });
            self.own.tried(number, outcome, Instant::now());
        }
    }
}

async fn until(moment: Option<Instant>) {
    if let Some(moment) = moment {
        tokio::time::sleep_until(moment.into()).await;
    }
}
