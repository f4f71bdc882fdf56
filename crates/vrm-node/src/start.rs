//! How the parts of a node are put together, and what it does first.
//!
//! Knows: every part, and the order in which they need each other. Must not know what the parts do.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use vrm_core::root::Root;
use vrm_core::value::Timestamp;
use vrm_net::{DialError, NetConfig, NetEvents, NetHandle};
use vrm_protocol::store::Store;
use vrm_protocol::{Topic, query};
use vrm_store::{MemoryStore, SledStore};

use crate::bridge::{Inbound, Outbound};
use crate::builder::{NodeBuilder, Place};
use crate::engine::{Engine, Parts};
use crate::error::NodeError;
use crate::handle::{NodeHandle, Shared};
use crate::ingest;
use crate::keeper::Keeper;
use crate::outlet::Outlet;
use crate::own::{self, Own};
use crate::post::{ERRANDS, Errand, Post};
use crate::previews::Previews;
use crate::publications::Publications;
use crate::shelf::Shelf;
use crate::tags::Tags;

/// Time for the listeners to say where they listen. They do at once; this only bounds a machine in trouble.
const LISTENS_WITHIN: Duration = Duration::from_secs(5);
/// First wait after a configured node could not be reached, and the longest one.
const REDIAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Starts a node.
pub(crate) async fn start(choices: NodeBuilder) -> Result<NodeHandle, NodeError> {
    let asked = choices.clone();
    let (store, own) = blocking(move || open(&asked)).await?;
    let (net, events) = vrm_net::start(network(&choices, &own))?;
    let node = match assemble(&choices, store, own, net.clone(), events).await {
        Ok(node) => node,
        Err(error) => {
            net.shutdown().await;
            return Err(error);
        }
    };
    for addr in choices.dial {
        tokio::spawn(dial(net.clone(), addr));
    }
    Ok(node)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NodeError> + Send + 'static,
) -> Result<T, NodeError> {
    spawn_blocking(work).await.unwrap_or(Err(NodeError::Broken("the start")))
}

fn open(choices: &NodeBuilder) -> Result<(Arc<dyn Store>, Own), NodeError> {
    let store: Arc<dyn Store> = match &choices.place {
        Place::Nowhere => return Err(NodeError::NoDataDir),
        Place::Memory => Arc::new(MemoryStore::new()),
        Place::Dir(dir) => Arc::new(SledStore::open(dir, &choices.keys)?),
        Place::Given(store) => Arc::clone(store),
    };
    let own = own::wake(&*store, choices.seed.as_ref(), choices.keep_peer_id)?;
    Ok((store, own))
}

fn network(choices: &NodeBuilder, own: &Own) -> NetConfig {
    let mut config = NetConfig::new(own.transport.clone(), &Topic::ALL.map(Topic::name));
    config.listen.clone_from(&choices.listen);
    config.announce = own.known;
    config.mdns = choices.mdns;
    config.kad = choices.kad;
    config.limits = choices.limits.clone();
    config
}

/// Puts the parts together, from the store outwards; only the engine may fail to start.
async fn assemble(
    choices: &NodeBuilder,
    store: Arc<dyn Store>,
    own: Own,
    net: NetHandle,
    events: NetEvents,
) -> Result<NodeHandle, NodeError> {
    let (clock, shelf) = (Arc::clone(&choices.clock), Shelf::new(Arc::clone(&store)));
    let (root, chance, started) = (own.root.clone(), own.chance, clock.now());
    let (errands, errands_out) = mpsc::channel(ERRANDS);
    let post = Post::new(net.clone(), errands_out, Arc::clone(&clock), still_out(&shelf, started).await?);
    let tags = Arc::new(Tags::new());
    let outbound = (net.clone(), Arc::clone(&tags), errands.clone());
    let engine = engine(choices, store, (own.root, own.rng), outbound).await?;
    let Engine { intake, requests, inputs, tail, meter, coming, threads } = engine;
    let (listening, listeners) = watch::channel(0);
    let inbound =
        Inbound { net: net.clone(), events, intake: intake.clone(), inputs, errands, tags, listening };
    let (closing, closing_out) = watch::channel(false);
    let (ending, ended) = watch::channel(None);
    let keeper = Keeper {
        inbound: tokio::spawn(inbound.run()),
        intake,
        requests: requests.clone(),
        threads,
        post: tokio::spawn(post.run()),
        net: net.clone(),
        shelf: shelf.clone(),
    };
    tokio::spawn(keeper.run(closing_out, ending));
    all_listen(listeners, choices.listen.len()).await;
    let settings = choices.settings.clone();
    let (intents, offers) = (Previews::default(), Previews::default());
    Ok(NodeHandle::new(Shared {
        net,
        requests,
        closing,
        ended,
        shelf,
        tail,
        meter,
        coming,
        clock,
        chance,
        root,
        settings,
        intents,
        offers,
        outlines: Arc::default(),
        pairs: Mutex::default(),
        started,
    }))
}

/// Starts the engine on a thread that may block: it reads what is stored.
async fn engine(
    choices: &NodeBuilder,
    store: Arc<dyn Store>,
    (root, rng): (Root, ChaCha20Rng),
    (net, tags, errands): (NetHandle, Arc<Tags>, mpsc::Sender<Errand>),
) -> Result<Engine, NodeError> {
    let (settings, clock) = (choices.settings.clone(), Arc::clone(&choices.clock));
    let verifiers = choices.verifiers.unwrap_or_else(ingest::threads);
    let me = net.local_peer().clone();
    let parts = Parts { store, settings, root, me, clock, rng, verifiers };
    let outlet =
        |inputs, intake| -> Box<dyn Outlet> { Box::new(Outbound::new(net, tags, errands, inputs, intake)) };
    blocking(move || Engine::start(parts, outlet)).await
}

async fn all_listen(mut listeners: watch::Receiver<usize>, wanted: usize) {
    let heard = listeners.wait_for(|count| *count >= wanted);
    if tokio::time::timeout(LISTENS_WITHIN, heard).await.is_err() {
        tracing::warn!("not every listener has said where it listens");
    }
}

/// Own objects that are still out, due at once: neighbours of this run may never have heard them.
async fn still_out(shelf: &Shelf, now: Timestamp) -> Result<Publications, NodeError> {
    let mut publications = Publications::default();
    for publication in shelf.read(move |view| query::publications(view, now)).await? {
        publications.add(publication, Instant::now());
    }
    Ok(publications)
}

/// Dials a configured node until it is reached; from then on the network keeps the connection.
async fn dial(net: NetHandle, addr: String) {
    let (mut wait, longest) = REDIAL;
    loop {
        match net.dial(&addr).await {
            Ok(_) | Err(DialError::Stopped) => return,
            Err(error @ (DialError::BadAddress(_) | DialError::Itself)) => {
                return tracing::warn!(%addr, %error, "a configured node can never be reached");
            }
            Err(error) => tracing::info!(%addr, %error, "a configured node was not reached"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(longest);
    }
}
