//! The baseline: bare gossipsub of rust-libp2p, the least that could do the work. Each payload travels with one
//! publisher's key and signature; a receiver counts it once `verify_strict` has passed. Nothing is stored.
//!
//! Knows: libp2p, and nothing of ours. Mesh parameters are the library's defaults. TCP without Nagle's delay, Noise,
//! Yamux; anonymous messages under an id of our own and explicit verdicts, as in our daemon. What differs from the
//! defaults beyond that is in its favour: control messages may be as large as ours, or a busy second would make
//! the receiver reset the stream.

use std::io;
use std::sync::mpsc as threads;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use futures::StreamExt;
use libp2p::gossipsub::{
    self, Behaviour, ConfigBuilder, Event, IdentTopic, Message, MessageAcceptance, MessageAuthenticity,
    MessageId, ValidationMode,
};
use libp2p::swarm::{Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, SwarmBuilder, noise, tcp, yamux};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::role::{Order, Role, orders, say};
use crate::tally::Tally;

const TOPIC: &str = "vrm-w1";
/// Bytes of the hash that names a message, as in our daemon.
const ID_LEN: usize = 20;
/// Bytes of control messages in one frame, as in our daemon.
const MAX_CONTROL: usize = 256 * 1024;
/// Ids in one digest, as in our daemon.
const MAX_DIGEST_IDS: usize = 400;
/// The publisher's secret: figures need none.
const SEED: [u8; 32] = [7; 32];
const KEY: usize = 32;
const SIGNATURE: usize = 64;
/// Signed messages between the publisher's thread and the swarm.
const SIGNED: usize = 64;

/// What waits for its verdict.
struct Waiting {
    id: MessageId,
    from: PeerId,
    data: Vec<u8>,
}

/// What the verifying thread finds.
type Verdict = (MessageId, PeerId, bool);

/// Plays a role until told to stop.
pub(crate) async fn run(role: Role) -> io::Result<()> {
    let (signed, signed_out) = mpsc::channel(SIGNED);
    let (verdicts, verdicts_out) = mpsc::unbounded_channel();
    let (waiting, waiting_out) = threads::channel();
    let judge = std::thread::spawn({
        let role = role.clone();
        move || if role.publishes() { Ok(()) } else { verify(&role, &waiting_out, &verdicts) }
    });
    let swarm = swarm().map_err(io::Error::other)?;
    Net { role, swarm, waiting, signed: Some(signed) }.run(signed_out, verdicts_out).await?;
    judge.join().unwrap_or_else(|_| Err(io::Error::other("the verifying thread panicked")))
}

fn swarm() -> Result<Swarm<Behaviour>, Box<dyn std::error::Error + Send + Sync>> {
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| gossip())?
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    Ok(swarm)
}

fn gossip() -> Result<Behaviour, Box<dyn std::error::Error + Send + Sync>> {
    let config = ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message: &Message| MessageId::new(&Sha256::digest(&message.data)[..ID_LEN]))
        .max_transmit_size(MAX_CONTROL + 1024)
        .max_control_message_size(MAX_CONTROL)
        .max_control_messages_sent(MAX_DIGEST_IDS)
        .build()?;
    let mut gossip = Behaviour::new(MessageAuthenticity::Anonymous, config)?;
    gossip.subscribe(&IdentTopic::new(TOPIC))?;
    Ok(gossip)
}

/// The task that owns the swarm.
struct Net {
    role: Role,
    swarm: Swarm<Behaviour>,
    waiting: threads::Sender<Waiting>,
    /// Taken by the publisher's thread.
    signed: Option<mpsc::Sender<Vec<u8>>>,
}

impl Net {
    async fn run(
        mut self,
        mut signed: mpsc::Receiver<Vec<u8>>,
        mut verdicts: mpsc::UnboundedReceiver<Verdict>,
    ) -> io::Result<()> {
        let mut orders = orders();
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.event(event)?,
                Some((id, from, good)) = verdicts.recv() => self.judge(&id, &from, good),
                Some(data) = signed.recv() => self.publish(data)?,
                order = orders.recv() => match order {
                    Some(Order::Dial(addrs)) => self.dial(&addrs)?,
                    Some(Order::Go) => self.go(),
                    Some(Order::Stop) | None => return Ok(()),
                },
            }
        }
    }

    fn event(&mut self, event: SwarmEvent<Event>) -> io::Result<()> {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => say(&format!("listens {address}")),
            SwarmEvent::Behaviour(Event::Message { propagation_source, message_id, message }) => {
                let waiting = Waiting { id: message_id, from: propagation_source, data: message.data };
                self.waiting.send(waiting).map_err(io::Error::other)
            }
            _ => Ok(()),
        }
    }

    fn dial(&mut self, addrs: &[String]) -> io::Result<()> {
        for addr in addrs {
            let addr: Multiaddr = addr.parse().map_err(io::Error::other)?;
            self.swarm.dial(addr).map_err(io::Error::other)?;
        }
        say("dialled")
    }

    fn judge(&mut self, id: &MessageId, from: &PeerId, good: bool) {
        let acceptance = if good { MessageAcceptance::Accept } else { MessageAcceptance::Reject };
        self.swarm.behaviour_mut().report_message_validation_result(id, from, acceptance);
    }

    fn publish(&mut self, data: Vec<u8>) -> io::Result<()> {
        let topic = IdentTopic::new(TOPIC);
        match self.swarm.behaviour_mut().publish(topic, data) {
            Ok(_) | Err(gossipsub::PublishError::Duplicate) => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Publishes from a thread of its own, so that signing does not keep the swarm waiting.
    fn go(&mut self) {
        let (role, signed) = (self.role.clone(), self.signed.take());
        std::thread::spawn(move || {
            let key = SigningKey::from_bytes(&SEED);
            role.publish_all(|payload| {
                if let Some(signed) = &signed {
                    // Fails only when the node has been stopped.
                    let _ = signed.blocking_send(sign(&key, &payload));
                }
            });
        });
    }
}

/// Key, signature, payload.
fn sign(key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    [key.verifying_key().as_bytes(), key.sign(payload).to_bytes().as_slice(), payload].concat()
}

/// The payload, when its signature holds.
fn verified(data: &[u8]) -> Option<&[u8]> {
    let (key, rest) = data.split_first_chunk::<KEY>()?;
    let (signature, payload) = rest.split_first_chunk::<SIGNATURE>()?;
    let key = VerifyingKey::from_bytes(key).ok()?;
    key.verify_strict(payload, &Signature::from_bytes(signature)).ok().map(|()| payload)
}

/// The verifying thread of a receiver: verifies, counts, judges; reports when the swarm has gone.
fn verify(
    role: &Role,
    waiting: &threads::Receiver<Waiting>,
    verdicts: &mpsc::UnboundedSender<Verdict>,
) -> io::Result<()> {
    let mut tally: Tally = role.tally()?;
    for Waiting { id, from, data } in waiting {
        let payload = verified(&data);
        let _ = verdicts.send((id, from, payload.is_some()));
        if let Some(payload) = payload {
            tally.deliver(payload)?;
        }
    }
    role.report(&tally)
}
