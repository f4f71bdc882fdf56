//! The end of a node, in order: take nothing more, finish what is there, leave the network, close the store.
//!
//! Knows: the order, and how long each part may take. Must not know why the node ends: somebody asked, the last
//! handle was dropped, or the store failed.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use vrm_net::NetHandle;
use vrm_protocol::store::StoreError;

use crate::engine::{Request, Threads};
use crate::error::NodeError;
use crate::ingest::Intake;
use crate::shelf::Shelf;

/// Time for the post to bring out what the last group let out.
const LAST_POST: Duration = Duration::from_secs(2);

/// How a node ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// As it should.
    Well,
    /// The store failed.
    Store(StoreError),
    /// Something ended that should not.
    Broken(&'static str),
}

impl End {
    /// What a caller is told who comes too late.
    pub(crate) fn error(&self) -> NodeError {
        match self {
            Self::Well => NodeError::Closed,
            Self::Store(error) => NodeError::Store(error.clone()),
            Self::Broken(what) => NodeError::Broken(what),
        }
    }

    /// What somebody is told who waited for the end.
    pub(crate) fn result(&self) -> Result<(), NodeError> {
        match self {
            Self::Well => Ok(()),
            _ => Err(self.error()),
        }
    }
}

/// Everything that has to be brought to an end.
pub(crate) struct Keeper {
    pub(crate) inbound: JoinHandle<()>,
    pub(crate) intake: Intake,
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) threads: Threads,
    pub(crate) post: JoinHandle<()>,
    pub(crate) net: NetHandle,
    pub(crate) shelf: Shelf,
}

impl Keeper {
    /// Waits for the end, whatever brings it about, and goes through it in order.
    pub(crate) async fn run(self, mut closing: watch::Receiver<bool>, ended: watch::Sender<Option<End>>) {
        tokio::select! {
            // An error means that the last handle is gone.
            _ = closing.wait_for(|closing| *closing) => {}
            () = self.requests.closed() => {}
        }
        let end = self.wind_down().await;
        if !matches!(end, End::Well) {
            tracing::error!(error = %end.error(), "the node stopped");
        }
        ended.send_replace(Some(end));
    }

    async fn wind_down(self) -> End {
        let Self { inbound, intake, requests, threads, mut post, net, shelf } = self;
        // Nothing more comes in. The run thread ends once nobody can bring it inputs.
        inbound.abort();
        let _ = inbound.await;
        intake.close();
        drop(requests);
        let joined = tokio::task::spawn_blocking(move || threads.join()).await;
        // The run thread had the last errands; the post ends when it has done them.
        if tokio::time::timeout(LAST_POST, &mut post).await.is_err() {
            post.abort();
        }
        net.shutdown().await;
        shelf.close().await;
        match joined {
            Ok(Ok(())) => End::Well,
            Ok(Err(NodeError::Store(error))) => End::Store(error),
            Ok(Err(NodeError::Broken(what))) => End::Broken(what),
            _ => End::Broken("a thread"),
        }
    }
}
