//! Nodes of a journey: each a daemon process with a home folder of its own, driven as a person would.

use std::future::Future;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use vrm_api::client::{Client, EventStream};
use vrm_api::dto::Told;

/// Time within which anything in a journey happens, on the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What every home says: loopback, a free port, nobody met by chance, little work to do.
const CONFIG: &str = r#"
listen = ["/ip4/127.0.0.1/tcp/0"]
mdns = false
kad = false

[work]
gossip = 4
offer = 4
"#;

/// One node.
pub(crate) struct Node {
    home: tempfile::TempDir,
    pub(crate) client: Client,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The command failed with this exit code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The list in `{"items": […]}`.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().unwrap_or_else(|| panic!("no list in {self:?}")).clone()
    }

    /// The id in `{"id": …}`.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id in {self:?}")).to_owned()
    }
}

impl Node {
    /// A home with its configuration, and no daemon yet.
    pub(crate) fn home() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), CONFIG).unwrap();
        let client = Client::new(home.path().join("api.sock"));
        Self { home, client }
    }

    /// A running daemon.
    pub(crate) fn up() -> Self {
        let node = Self::home();
        node.start();
        node
    }

    /// A running daemon for which it is `now`, and goes on from there.
    pub(crate) fn up_at(now: &str) -> Self {
        let node = Self::home();
        node.start_at(now);
        node
    }

    /// Starts the daemon of this home at another moment.
    pub(crate) fn start_at(&self, now: &str) {
        Run::new(self.command(&["up"]).env("VRM_NOW", now).output().unwrap()).ok();
    }

    /// Starts the daemon of this home.
    pub(crate) fn start(&self) {
        self.vrm(&["up"]).ok();
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    /// Runs `vrm` in this home.
    pub(crate) fn vrm(&self, args: &[&str]) -> Run {
        Run::new(self.command(args).output().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vrm"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("VRM_HOME", self.path())
            .stdin(Stdio::null());
        command
    }

    /// Writes a file beside the daemon's own and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Buys from a vendor that offers on everything and confirms by itself; gives the conduit that opens.
    pub(crate) async fn buy(&self, vendor: &Node, title: &str, price: &str) -> String {
        let intent = self.vrm(&["cast", title, "-y", "--json"]).ok().id();
        let about = |told: &Told| told.text("intent") == Some(intent.as_str());
        vendor.story().await.find("the match", |told| told.what == "matched" && about(told)).await;
        vendor.client.make_offer(&draft(&intent, price, 3)).await.unwrap();
        let offered =
            self.story().await.find("the offer", |told| told.what == "offered" && about(told)).await;
        self.vrm(&["accept", &text(&offered, "offer"), "-y"]).ok();
        let dealt = |told: &Told| told.what == "dealt" && about(told);
        vendor.story().await.find("the deal", dealt).await;
        text(&self.story().await.find("the deal", dealt).await, "conduit")
    }

    /// Waits until an entry of this kind by this side is here, for the given time counted from the first; its id.
    pub(crate) async fn entry(&self, by: &str, kind: &str, nth: usize) -> String {
        let mut story = self.story().await;
        let fits = |told: &Told| {
            told.what == "entry" && told.text("by") == Some(by) && told.text("subtype") == Some(kind)
        };
        for _ in 1..nth {
            story.find(kind, fits).await;
        }
        text(&story.find(kind, fits).await, "entry")
    }

    /// The daemon's process id.
    pub(crate) async fn pid(&self) -> u32 {
        self.client.status().await.unwrap().process
    }

    /// Ends the daemon without a word.
    pub(crate) async fn kill_9(&self) {
        let pid = self.pid().await;
        kill(pid, "-KILL");
        gone(pid).await;
    }

    /// Connects this node to another.
    pub(crate) async fn meet(&self, other: &Node) {
        let addr = other.address().await;
        self.client.add_peer(&addr).await.unwrap();
    }

    /// Where this node is met.
    pub(crate) async fn address(&self) -> String {
        self.client.status().await.unwrap().addresses[0].clone()
    }

    /// Everything that happens here from the beginning.
    pub(crate) async fn story(&self) -> Story {
        Story { stream: self.client.events(Some(0)).await.unwrap() }
    }

    /// Keeps the port that the system gave: who is named in a route must be found there after a restart too.
    pub(crate) async fn stays_where_it_is(&self) {
        let address = self.address().await;
        let (bare, _) = address.split_once("/p2p/").unwrap();
        let config = CONFIG.replace("/ip4/127.0.0.1/tcp/0", bare);
        std::fs::write(self.path().join("config.toml"), config).unwrap();
    }

    /// Makes this node a vendor with a card and a filter.
    pub(crate) async fn sells(&self, name: &str, filter: &str) {
        self.vrm(&["vendor", "card", "publish", name, "--category", "x:home", "-y"]).ok();
        self.client.save_filter("all", filter).await.unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.vrm(&["down"]);
    }
}

pub(crate) fn kill(pid: u32, signal: &str) {
    Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
}

/// Waits until a process is gone: its entry in /proc is the system's own word for it.
pub(crate) async fn gone(pid: u32) {
    soon("the process to be gone", async {
        while Path::new(&format!("/proc/{pid}/exe")).exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The events of one node, read in order.
pub(crate) struct Story {
    stream: EventStream,
}

impl Story {
    /// The next event of this kind.
    pub(crate) async fn next(&mut self, what: &str) -> Told {
        self.find(what, |told| told.what == what).await
    }

    /// The next event that `pick` takes.
    pub(crate) async fn find(&mut self, what: &str, pick: impl Fn(&Told) -> bool) -> Told {
        soon(what, async {
            loop {
                let told = self.stream.next().await.unwrap().expect("the daemon still runs");
                if pick(&told) {
                    return told;
                }
            }
        })
        .await
    }
}

/// A field of an event that is text.
#[track_caller]
pub(crate) fn text(told: &Told, field: &str) -> String {
    told.text(field).unwrap_or_else(|| panic!("no {field} in {told:?}")).to_owned()
}

/// Waits for something that has to happen.
pub(crate) async fn soon<T>(what: &str, happening: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happening).await {
        Ok(value) => value,
        Err(_) => panic!("still waiting for: {what}"),
    }
}

/// An offer draft as the API takes it.
pub(crate) fn draft(intent: &str, price: &str, days: u16) -> vrm_api::dto::OfferDraft {
    serde_json::from_value(serde_json::json!({
        "intent": intent,
        "proposal": {
            "parts": [{"kind": "base", "price": {"amount": price, "currency": "EUR"}}],
            "deliveryDays": days, "warrantyMonths": 24, "returnDays": 30, "life": "7d",
        },
        "autoConfirm": true,
        "confirmWithin": "1d",
    }))
    .unwrap()
}

/// A customer and a vendor that know each other, and the id of an intent that the vendor has heard.
pub(crate) async fn market(cast: &[&str]) -> (Node, Node, String) {
    let (alice, [acme], intent) = market_of(["Acme Appliances"], cast).await;
    (alice, acme, intent)
}

/// A customer and several vendors that she knows, and the id of an intent that all of them have heard.
pub(crate) async fn market_of<const N: usize>(names: [&str; N], cast: &[&str]) -> (Node, [Node; N], String) {
    let (alice, vendors) = (Node::up(), names.map(|_| Node::up()));
    for (vendor, name) in vendors.iter().zip(names) {
        vendor.sells(name, "true").await;
        alice.meet(vendor).await;
    }
    let intent = alice.vrm(&[&["cast", "dishwasher", "-y", "--json"], cast].concat()).ok().id();
    for vendor in &vendors {
        vendor.story().await.next("matched").await;
    }
    (alice, vendors, intent)
}
