//! Eve: a real libp2p node run by this process, which records what it hears and sends what it likes.

use tokio::sync::mpsc;
use vrm_core::Signed;
use vrm_core::object::Intent;
use vrm_net::{KeySeed, NetConfig, NetEvent, NetHandle};
use vrm_protocol::{Peer, Topic, Verdict};

use crate::world::soon;

/// What eve hears.
pub(crate) enum Heard {
    /// Gossip bytes.
    Gossip(Vec<u8>),
    /// A letter: its bytes, and the way to answer.
    Letter(Vec<u8>, vrm_net::LetterRef),
}

/// A node without rules.
pub(crate) struct Eve {
    pub(crate) net: NetHandle,
    heard: mpsc::UnboundedReceiver<Heard>,
}

impl Eve {
    /// Starts on a free loopback port with a key of her own.
    pub(crate) fn start(key: u8) -> Self {
        let topics: Vec<&str> = Topic::ALL.iter().map(|t| t.name()).collect();
        let mut config = NetConfig::new(KeySeed::new([key; 32]), &topics);
        config.listen = vec!["/ip4/127.0.0.1/tcp/0".into()];
        Self::with(config)
    }

    pub(crate) fn with(config: NetConfig) -> Self {
        let (net, mut events) = vrm_net::start(config).unwrap();
        let (tell, heard) = mpsc::unbounded_channel();
        let passing = net.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let told = match event {
                    NetEvent::Heard { msg, data, .. } => {
                        passing.report(msg, Verdict::Accept);
                        tell.send(Heard::Gossip(data.to_vec()))
                    }
                    NetEvent::Letter { letter, data, .. } => tell.send(Heard::Letter(data.to_vec(), letter)),
                    _ => Ok(()),
                };
                if told.is_err() {
                    return;
                }
            }
        });
        Self { net, heard }
    }

    /// Connects to a node; returns its transport name.
    pub(crate) async fn meet(&self, address: &str) -> Peer {
        soon("eve to meet a node", self.net.dial(address)).await.unwrap()
    }

    /// The next thing heard.
    pub(crate) async fn next(&mut self) -> Heard {
        soon("eve to hear something", self.heard.recv()).await.expect("eve runs")
    }

    /// The next intent heard, as bytes and meaning.
    pub(crate) async fn intent(&mut self) -> (Vec<u8>, Signed<Intent>) {
        loop {
            if let Heard::Gossip(bytes) = self.next().await
                && let Ok(intent) = Signed::<Intent>::open(&bytes)
            {
                return (bytes, intent);
            }
        }
    }
}

/// Whether `needle` stands anywhere in `bytes`.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}
