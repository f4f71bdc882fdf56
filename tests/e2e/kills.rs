//! kill -9 again and again under load: no acknowledged entry is lost, none stands twice, and both sides hold one journal.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use vrm_api::client::Client;
use vrm_core::Cid;

use crate::j11_journal::{conduit, ids};
use crate::world::{Node, soon};

/// Kills when nobody says how many; `.ci/run` asks for two hundred.
const KILLS: usize = 12;
/// Writers on each node.
const WRITERS: usize = 2;
/// Entries that must be acknowledged between two kills, and how many more are under way when the next one comes.
const BETWEEN: usize = 3;
const UNDER_WAY: usize = 20;

/// Writers on one node, who write on whatever happens to it.
struct Load {
    written: Arc<Mutex<BTreeSet<Cid>>>,
    /// How many may be written by now; the end is none.
    wanted: watch::Sender<Option<usize>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    fn on(node: &Node, conduit: &str) -> Self {
        let (written, (wanted, wait)) = (Arc::default(), watch::channel(Some(0)));
        let writer = |n| {
            let (client, conduit) = (node.client.clone(), conduit.to_owned());
            tokio::spawn(write(client, conduit, n, Arc::clone(&written), wait.clone()))
        };
        let tasks = (0..WRITERS).map(writer).collect();
        Self { written, wanted, tasks }
    }

    fn count(&self) -> usize {
        self.written.lock().unwrap().len()
    }

    async fn more(&self, count: usize) {
        let wanted = self.count() + count;
        self.wanted.send_replace(Some(wanted + UNDER_WAY));
        soon("more entries", async {
            while self.count() < wanted {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    async fn end(self) -> BTreeSet<Cid> {
        self.wanted.send_replace(None);
        for task in self.tasks {
            task.await.unwrap();
        }
        let written = self.written.lock().unwrap();
        written.clone()
    }
}

/// A note that a dying node leaves unanswered may stand or not; one that was acknowledged must.
async fn write(
    client: Client,
    conduit: String,
    writer: usize,
    written: Arc<Mutex<BTreeSet<Cid>>>,
    mut wanted: watch::Receiver<Option<usize>>,
) {
    for n in 0.. {
        let enough = |wanted: &Option<usize>| wanted.is_none_or(|most| written.lock().unwrap().len() < most);
        // An error is the end of the test itself, which says why.
        match wanted.wait_for(enough).await.as_deref() {
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return,
        }
        match client.note(&conduit, &format!("writer {writer}, line {n}")).await {
            Ok(done) => drop(written.lock().unwrap().insert(done.id.unwrap())),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_entry_is_lost_however_often_either_side_is_killed() {
    let kills = std::env::var("VRM_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let (alice, acme, conduit) = conduit().await;
    let (hers, theirs) = (Load::on(&alice, &conduit), Load::on(&acme, &conduit));
    for kill in 0..kills {
        hers.more(BETWEEN).await;
        theirs.more(BETWEEN).await;
        let victim = if kill % 2 == 0 { &alice } else { &acme };
        victim.kill_9().await;
        victim.start();
        alice.meet(&acme).await;
    }
    let written: BTreeSet<Cid> = hers.end().await.union(&theirs.end().await).copied().collect();
    soon("one journal on both sides", async {
        while ids(&alice, &conduit) != ids(&acme, &conduit) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let stand = ids(&alice, &conduit);
    let there: BTreeSet<Cid> = stand.iter().map(|id| id.parse().unwrap()).collect();
    let lost: Vec<_> = written.difference(&there).collect();
    assert_eq!((lost.as_slice(), there.len()), ([].as_slice(), stand.len()), "{kills} kills");
    for node in [&alice, &acme] {
        let checked = node.vrm(&["journal", "verify", &conduit, "--json"]).ok().json();
        assert_eq!((&checked["chains"], &checked["forks"]), (&2.into(), &0.into()));
        assert!(checked.get("broken").is_none(), "{checked}");
    }
    println!("{kills} kills, {} entries acknowledged, {} stand", written.len(), there.len());
}
