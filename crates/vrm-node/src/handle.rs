//! A running node, as an embedding program holds it.
//!
//! Knows: how a request reaches the run thread and how its answer comes back. Must not know what requests mean; the
//! market's are in `market`, journals in `conduits`, receipts and cases in `care`, the neighbours in `peers`, who holds
//! letters in `mailboxes`.

mod blobs;
mod care;
mod conduits;
mod invitations;
mod mailboxes;
mod market;
mod peers;

pub use mailboxes::Mailboxes;

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot, watch};
use vrm_core::root::Root;
use vrm_core::value::Timestamp;
use vrm_net::NetHandle;
use vrm_protocol::command::{PreparedIntent, PreparedOffer};
use vrm_protocol::conduits::Pairs;
use vrm_protocol::store::{Store, StoreError, View};
use vrm_protocol::{Act, Command, Peer, Reply, Seq, Settings};
use zeroize::Zeroizing;

use crate::beats::Meter;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::coming::{Coming, Underway};
use crate::engine::Request;
use crate::error::NodeError;
use crate::events::Events;
use crate::keeper::End;
use crate::outlines::Outlines;
use crate::previews::Previews;
use crate::shelf::Shelf;
use crate::status::Status;
use crate::tail::Tail;

/// A running node. Cheap to clone; the node ends, in order, when the last clone is dropped.
#[derive(Clone)]
pub struct NodeHandle(Arc<Shared>);

/// What all handles of one node share.
pub(crate) struct Shared {
    pub(crate) net: NetHandle,
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) closing: watch::Sender<bool>,
    pub(crate) ended: watch::Receiver<Option<End>>,
    pub(crate) shelf: Shelf,
    pub(crate) tail: Tail,
    pub(crate) meter: Arc<Meter>,
    pub(crate) coming: Coming,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Chance,
    pub(crate) root: Root,
    pub(crate) pairs: Mutex<Pairs>,
    pub(crate) settings: Settings,
    pub(crate) intents: Previews<PreparedIntent>,
    pub(crate) offers: Previews<PreparedOffer>,
    pub(crate) outlines: Arc<Outlines>,
    pub(crate) started: Timestamp,
}

impl NodeHandle {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The node's name on the network in this run.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        self.0.net.local_peer()
    }

    /// Where it listens, with its name at the end of each address.
    pub async fn addresses(&self) -> Vec<String> {
        self.0.net.listen_addrs().await
    }

    /// The operator's choices it runs with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The present, as the node sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// What the node tells about itself.
    ///
    /// # Errors
    /// [`NodeError::Closed`], or what stopped the node.
    pub async fn status(&self) -> Result<Status, NodeError> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Count(reply)).await?;
        let Ok(machine) = answer.await else { return Err(self.ended().await) };
        Ok(Status {
            peer: self.peer().clone(),
            addresses: self.addresses().await,
            started: self.0.started,
            now: self.now(),
            store_bytes: self.with_store(|store| Ok(store.size_on_disk())).await?,
            machine,
            net: self.0.net.stats(),
            beats: self.0.meter.read(),
        })
    }

    /// Does something, because `act` asked for it. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`NodeError::Refused`] with the rule that forbids it; [`NodeError::Store`] when the disk failed, which stops
    /// the node; [`NodeError::Closed`].
    pub async fn command(&self, command: Command, act: Act) -> Result<Reply, NodeError> {
        let coming = self.0.coming.one();
        self.hand_in(command, act, coming).await
    }

    /// As [`Self::command`], for what took some time to prepare.
    async fn hand_in(&self, command: Command, act: Act, coming: Underway) -> Result<Reply, NodeError> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Do { command: Box::new(command), act, reply }).await?;
        drop(coming);
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.ended().await),
        }
    }

    /// Reads the store, on a thread that may block. The functions of [`vrm_protocol::query`] are made for this.
    ///
    /// # Errors
    /// [`NodeError::Store`]; [`NodeError::Closed`].
    pub async fn read<T, F>(&self, read: F) -> Result<T, NodeError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn View) -> Result<T, StoreError> + Send + 'static,
    {
        self.with_store(move |store| read(store).map_err(NodeError::from)).await
    }

    async fn with_store<T, F>(&self, act: F) -> Result<T, NodeError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, NodeError> + Send + 'static,
    {
        match self.0.shelf.with(act).await {
            Err(NodeError::Closed) => Err(self.ended().await),
            result => result,
        }
    }

    /// What happens, after number `since`; `None` is from now on. Numbers survive a restart.
    #[must_use]
    pub fn events(&self, since: Option<Seq>) -> Events {
        Events::new(self.0.shelf.clone(), self.0.tail.clone(), since)
    }

    /// The twenty-four words that bring this node's secrets back. Whoever knows them is this node.
    #[must_use]
    pub fn words(&self) -> Zeroizing<String> {
        self.0.root.words()
    }

    /// Shuts the node down: takes nothing more, finishes what is there, leaves the network, closes the store. All
    /// clones of this handle are of no use afterwards.
    ///
    /// # Errors
    /// What stopped the node before, if something did.
    pub async fn shutdown(self) -> Result<(), NodeError> {
        self.0.closing.send_replace(true);
        self.closed().await
    }

    /// Waits until the node has ended, whoever ended it.
    ///
    /// # Errors
    /// What stopped it, unless it was shut down.
    pub async fn closed(&self) -> Result<(), NodeError> {
        self.end().await.result()
    }

    async fn request(&self, request: Request) -> Result<(), NodeError> {
        if *self.0.closing.borrow() || self.0.requests.send(request).await.is_err() {
            return Err(self.ended().await);
        }
        Ok(())
    }

    /// What a caller is told whose request was not answered.
    async fn ended(&self) -> NodeError {
        self.end().await.error()
    }

    async fn end(&self) -> End {
        let mut ended = self.0.ended.clone();
        let end = ended.wait_for(Option::is_some).await.map(|end| end.clone());
        end.ok().flatten().unwrap_or(End::Broken("the keeper"))
    }
}

impl std::fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeHandle({:?})", self.peer())
    }
}
