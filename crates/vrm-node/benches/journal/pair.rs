//! Alice and acme, who have a deal, on loopback with their stores on disk; acme comes and goes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vrm_node::core::Hash;
use vrm_node::{Beats, Bid, Event, Node, NodeHandle, Wish, query};
use vrm_protocol::records::{BodyRecord, EntryRecord, key, table};

use crate::limits::Kept;
use crate::slow::Slow;

/// Time within which anything here happens, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) struct Pair {
    _dirs: tempfile::TempDir,
    acme_dir: PathBuf,
    alice: Arc<NodeHandle>,
    acme: Option<NodeHandle>,
    addr: String,
    conduit: Hash,
}

impl Pair {
    /// A deal, and so a conduit.
    pub(crate) async fn dealt() -> Self {
        Self::dealt_with(Duration::ZERO).await
    }

    /// The same, with alice on a disk whose flush takes so much more.
    pub(crate) async fn dealt_with(flush: Duration) -> Self {
        let dirs = tempfile::tempdir().unwrap();
        let acme_dir = dirs.path().join("acme");
        let store = Arc::new(Slow::open(&dirs.path().join("alice"), flush));
        let alice =
            Node::builder().store(store).listen(["/ip4/127.0.0.1/tcp/0"]).work(4, 4).spawn().await.unwrap();
        let acme = start(&acme_dir, "/ip4/127.0.0.1/tcp/0").await;
        let addr = acme.addresses().await.remove(0);
        acme.save_filter("all".parse().unwrap(), "true").await.unwrap();
        alice.dial(&addr).await.unwrap();
        let (mut hers, mut theirs) = (alice.events(Some(0)), acme.events(Some(0)));
        let intent = alice.cast(Wish::buy("a dishwasher").category("x:home").draft().unwrap()).await.unwrap();
        theirs.find(|event| matches!(event, Event::Matched { .. }).then_some(())).await.unwrap();
        let bid = Bid::on(intent).price("399 EUR").days(3).auto_confirm();
        acme.offer(bid.draft().unwrap()).await.unwrap();
        let offered =
            |event: &Event| if let Event::Offered { offer, .. } = event { Some(*offer) } else { None };
        alice.accept(hers.find(offered).await.unwrap()).await.unwrap();
        let dealt =
            |event: &Event| if let Event::Dealt { conduit, .. } = event { Some(*conduit) } else { None };
        let conduit = hers.find(dealt).await.unwrap();
        theirs.find(dealt).await.unwrap();
        Self { _dirs: dirs, acme_dir, alice: Arc::new(alice), acme: Some(acme), addr, conduit }
    }

    pub(crate) async fn acme_leaves(&mut self) {
        self.acme.take().unwrap().shutdown().await.unwrap();
    }

    /// Acme starts where it was, and alice goes there at once.
    pub(crate) async fn acme_returns(&mut self) {
        self.acme_wakes().await;
        self.meet().await;
    }

    pub(crate) async fn acme_wakes(&mut self) {
        self.acme = Some(start(&self.acme_dir, self.addr.split("/p2p/").next().unwrap()).await);
    }

    pub(crate) async fn meet(&self) {
        self.alice.dial(&self.addr).await.unwrap();
    }

    /// So many notes by so many writers at once; how long until all of them were acknowledged.
    pub(crate) async fn write(&self, writers: usize, count: usize) -> Duration {
        let start = Instant::now();
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                let (alice, conduit) = (Arc::clone(&self.alice), self.conduit);
                tokio::spawn(async move {
                    for n in (writer..count).step_by(writers) {
                        alice.note(conduit, &format!("note {n}: it still runs quietly")).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        start.elapsed()
    }

    /// How long alice's machine took for what, so far.
    pub(crate) async fn beats(&self) -> Beats {
        self.alice.status().await.unwrap().beats
    }

    /// Waits until so many of alice's entries are on acme's disk.
    pub(crate) async fn acme_has(&self, count: usize) {
        let acme = self.acme.as_ref().unwrap();
        let mut events = acme.events(None);
        let all = async {
            while self.held_by(acme).await < count {
                events.find(|event| matches!(event, Event::Entry { .. }).then_some(())).await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap();
    }

    /// Entries that a node holds: the sum of its chains' ends.
    async fn held_by(&self, node: &NodeHandle) -> usize {
        let conduit = self.conduit;
        node.read(move |view| {
            let heads = vrm_protocol::conduits::heads(view, &conduit)?;
            Ok(heads.iter().map(|(_, tip)| tip.seq as usize).sum())
        })
        .await
        .unwrap()
    }

    /// Bytes of entries that alice's outbox says she sent.
    pub(crate) async fn sent(&self) -> usize {
        let lines = self.alice.read(|view| query::outbox(view, 0, usize::MAX)).await.unwrap();
        let entries = lines.iter().filter(|(_, line)| line.kind.as_str() == "entry");
        entries.map(|(_, line)| line.bytes as usize).sum()
    }

    /// The entries as alice keeps them.
    pub(crate) async fn entries(&self) -> Vec<Kept> {
        let place = key(table::ENTRY, &[&self.conduit.0]);
        self.alice
            .read(move |view| {
                let mut all = Vec::new();
                query::each::<EntryRecord>(view, &place, None, &mut |_, record| {
                    let body = match &record.body {
                        BodyRecord::Held { sealed, .. } => vrm_protocol::records::pack(sealed).len(),
                        _ => 0,
                    };
                    all.push((record.raw, body));
                    Ok(true)
                })?;
                Ok(all)
            })
            .await
            .unwrap()
    }

    pub(crate) async fn end(self) {
        Arc::into_inner(self.alice).unwrap().shutdown().await.unwrap();
        if let Some(acme) = self.acme {
            acme.shutdown().await.unwrap();
        }
    }
}

async fn start(dir: &std::path::Path, listen: &str) -> NodeHandle {
    Node::builder()
        .data_dir(dir.to_owned())
        .listen([listen])
        .keep_peer_id(true)
        .work(4, 4)
        .spawn()
        .await
        .unwrap()
}
