//! Our daemon as an embedding program runs it: a real store on disk, one fresh key for each intent, all barriers.
//!
//! The payload travels in the intent's properties. The customer casts through `NodeHandle::cast`: key, canonical
//! bytes, signature, commit and publication are inside every latency. A vendor keeps one filter that matches
//! everything of the region, and counts a payload once its event stream hands it out, which is after it is durable.
//! Proof of work is 0, and the budgets that one neighbour has are opened: both price strangers, and there are none
//! here.

use std::collections::BTreeMap;
use std::io;

use tokio::runtime::Handle;
use vrm_node::command::IntentDraft;
use vrm_node::core::Signed;
use vrm_node::core::object::{Intent, Scalar};
use vrm_node::core::value::{Category, Function, Quantity, Seconds, Text};
use vrm_node::{Event, Node, NodeHandle, Settings};

use crate::role::{Order, Role, orders, say};

/// The property that carries the payload.
const PAYLOAD: &str = "payload";
/// What every vendor asks for.
const FILTER: &str = r#"area.region == "NL-ZH""#;
/// An hour: nothing runs out during a run.
const LIFE: u64 = 3_600;

/// Plays a role until told to stop.
pub(crate) async fn run(role: Role) -> io::Result<()> {
    let node = node(&role).await.map_err(io::Error::other)?;
    let addr = node.addresses().await.into_iter().next().unwrap_or_default();
    say(&format!("listens {addr}"))?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let receiver = tokio::spawn(receive(role.clone(), node.clone(), stopped));
    let mut orders = orders();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Dial(addrs) => dial(&node, &addrs).await?,
            Order::Go => go(&role, &node),
            Order::Stop => break,
        }
    }
    if std::env::var_os("W1_BEATS").is_some() {
        let status = node.status().await.map_err(io::Error::other)?;
        eprintln!("{} {:?} {:?} {:?}", role.node, status.beats, status.machine, status.net);
    }
    let _ = stop.send(());
    receiver.await.map_err(io::Error::other)??;
    node.shutdown().await.map_err(io::Error::other)
}

async fn node(role: &Role) -> Result<NodeHandle, vrm_node::NodeError> {
    let settings = Settings {
        work_gossip: 0,
        work_offer: 0,
        budget_per_second: u32::MAX,
        budget_burst: u32::MAX,
        ..Settings::default()
    };
    let node = Node::builder()
        .data_dir(role.dir.join(format!("node-{}", role.node)))
        .listen(["/ip4/127.0.0.1/tcp/0"])
        .settings(settings)
        .spawn()
        .await?;
    if !role.publishes() {
        node.save_filter(text("all of the region"), FILTER).await?;
    }
    Ok(node)
}

async fn dial(node: &NodeHandle, addrs: &[String]) -> io::Result<()> {
    for addr in addrs {
        node.dial(addr).await.map_err(io::Error::other)?;
    }
    say("dialled")
}

/// Counts what the vendor's event stream hands out, until told to stop.
async fn receive(
    role: Role,
    node: NodeHandle,
    mut stopped: tokio::sync::oneshot::Receiver<()>,
) -> io::Result<()> {
    if role.publishes() {
        return Ok(());
    }
    let (mut tally, mut events) = (role.tally()?, node.events(None));
    loop {
        let told = tokio::select! {
            told = events.try_next() => told.map_err(io::Error::other)?,
            _ = &mut stopped => return role.report(&tally),
        };
        if let Event::Matched { raw, .. } = told.event {
            let intent = Signed::<Intent>::from_own_store(&raw).map_err(io::Error::other)?;
            if let Some(Scalar::Text(payload)) = intent.body().props.get(&text(PAYLOAD)) {
                tally.deliver(payload.as_str().as_bytes())?;
            }
        }
    }
}

/// Casts from a thread that keeps the pace; the casts themselves are tasks, so that the slow ones share a barrier.
fn go(role: &Role, node: &NodeHandle) {
    let (role, node, runtime) = (role.clone(), node.clone(), Handle::current());
    std::thread::spawn(move || {
        role.publish_all(|payload| {
            let node = node.clone();
            runtime.spawn(async move {
                let cast = match draft(&payload) {
                    Some(draft) => node.cast(draft).await.map_err(|error| error.to_string()),
                    None => Err("a payload that is no text".to_owned()),
                };
                if let Err(error) = cast {
                    eprintln!("not cast: {error}");
                }
            });
        });
    });
}

fn draft(payload: &[u8]) -> Option<IntentDraft> {
    let payload = Text::new(std::str::from_utf8(payload).ok()?).ok()?;
    Some(IntentDraft {
        title: text("a dishwasher"),
        function: Function::Buy,
        categories: vec!["gpc:10001950".parse::<Category>().ok()?],
        product: None,
        quantity: Quantity::pieces(1),
        condition: Vec::new(),
        place: None,
        radius_km: 0,
        region: Some("NL-ZH".parse().ok()?),
        window: None,
        budget: None,
        reserve: None,
        terms: Vec::new(),
        cap: None,
        life: Seconds::new(LIFE).ok()?,
        note: None,
        address: None,
        props: BTreeMap::from([(text(PAYLOAD), Scalar::Text(payload))]),
        dry: false,
    })
}

fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).expect("short words are text")
}
