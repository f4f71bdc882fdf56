//! A participant of the story: a daemon of its own in a folder of its own, and what it hears.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Child;
use vrm_api::client::{Client, EventStream};
use vrm_api::dto::{Class, Problem, Told};

use crate::config::{File, Work};
use crate::daemon::spawn;
use crate::failure::{Failure, at_file};
use crate::home::Home;

/// How long one step may take: two nodes on one machine need far less.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder of the whole story, removed at the end.
pub(super) struct Stage(PathBuf);

impl Stage {
    pub(super) fn build() -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("vrm-demo-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(|e| at_file(&folder, &e))?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Somebody with a running node.
    pub(super) async fn person(&self, name: &'static str, work: u8) -> Result<Person, Failure> {
        let home = Home::find(Some(&self.0.join(name)), None)?.with_own_config();
        home.make()?;
        let config = File {
            listen: Some(vec!["/ip4/127.0.0.1/tcp/0".to_owned()]),
            mdns: Some(false),
            kad: Some(false),
            work: Work { gossip: Some(work), offer: Some(work / 2) },
            ..File::default()
        };
        config.write(home.config())?;
        let node = spawn::start_as(&home, Some(PATIENCE), name).await?;
        let client = Client::new(home.socket()).timeout(PATIENCE);
        let events = client.events(Some(0)).await?;
        Ok(Person { name, client, events, node })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What cannot be removed lies in the folder for temporary files, which the system empties.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Somebody with a running node.
pub(super) struct Person {
    name: &'static str,
    pub(super) client: Client,
    events: EventStream,
    node: Child,
}

/// What a deal left on one side.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) order: String,
    pub(super) conduit: String,
}

impl Person {
    /// Connects to somebody.
    pub(super) async fn meet(&self, other: &Self) -> Result<(), Failure> {
        let invite = other.client.invite().await?;
        self.client.add_peer(&invite.link).await?;
        Ok(())
    }

    /// Waits for an event; others that come before it are passed over.
    pub(super) async fn hears(&mut self, what: &str) -> Result<Told, Failure> {
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some(told) = self.events.next().await? {
                if told.what == what {
                    return Ok(Some(told));
                }
            }
            Ok::<_, Problem>(None)
        });
        match found.await {
            Ok(told) => told?.ok_or_else(|| self.silent(what)),
            Err(_) => Err(self.silent(what)),
        }
    }

    /// Waits for the deal.
    pub(super) async fn deal(&mut self) -> Result<Kept, Failure> {
        let told = self.hears("dealt").await?;
        let text = |name| told.text(name).unwrap_or_default().to_owned();
        Ok(Kept { order: text("order"), conduit: text("conduit") })
    }

    fn silent(&self, what: &str) -> Failure {
        Problem::new(Class::TimedOut, "demo_stuck", "the story is stuck")
            .because(format!("{} did not hear `{what}` within {} s", self.name, PATIENCE.as_secs()))
            .mend("run it again; if it is stuck again, report this")
            .into()
    }

    /// Stops the node in order.
    pub(super) async fn leave(mut self) -> Result<(), Failure> {
        self.client.stop().await?;
        match tokio::time::timeout(PATIENCE, self.node.wait()).await {
            Ok(ended) => ended.map(drop).map_err(Failure::from),
            Err(_) => Err(self.silent("the end")),
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // After an orderly leave there is no process any more, and this does nothing.
        let _ = self.node.start_kill();
    }
}
