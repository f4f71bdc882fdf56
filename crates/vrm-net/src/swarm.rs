//! The one task that owns the swarm: starts it, turns its events into ours, winds it down.
//!
//! Each arm of the loop is O(1), for what a message costs here is the ceiling of the whole node. Nothing in
//! it decodes, verifies, waits or touches a disk. The work itself is in `gossiping`, `mailroom`, `calls`, `peering`
//! and `commands`.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::core::transport::{ListenerId, TransportError};
use libp2p::gossipsub::TopicHash;
use libp2p::identity::Keypair;
use libp2p::swarm::{ConnectionId, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval, sleep_until, timeout};

use crate::addr;
use crate::behaviour::{Behaviour, BehaviourEvent, behaviour};
use crate::calls::Rooms;
use crate::commands::Dialling;
use crate::config::{NetConfig, Topic};
use crate::conversions;
use crate::error::NetError;
use crate::event::{EventSink, NetEvent, NetEvents, queue};
use crate::forward::Forwards;
use crate::gossip;
use crate::gossiping::Waiting;
use crate::handle::{Inbox, NetHandle, pair};
use crate::heard::Heard;
use crate::mailroom::MAX_LETTERS;
use crate::peers::{Deadlines, Peers};
use crate::penalties::Penalties;
use crate::redial::Redial;
use crate::restarts::Restarts;
use crate::room::Room;
use crate::stats::Counters;
use crate::transport::roads;

/// Commands, or replies, taken in one turn of the loop.
const BATCH: usize = 64;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(250);

/// A connection without gossip, letters or pings for this long is closed. Dead ones are found by pings.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// Events of one connection waiting for the swarm task, so that it seldom sleeps in between.
const CONNECTION_EVENTS: usize = 32;

/// Time for the farewell to leave before the connections close.
const FAREWELL: Duration = Duration::from_millis(200);

/// Time for the connections to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Starts the network on the current tokio runtime. It listens when this returns; the addresses follow as
/// [`NetEvent::Listening`].
pub fn start(config: NetConfig) -> Result<(NetHandle, NetEvents), NetError> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|_| NetError::NoRuntime)?;
    let key = config.key_seed.keypair();
    let mut swarm = swarm(&config, &key)?;
    let listeners = listen(&mut swarm, &config.listen)?;
    announce(&mut swarm, &config.external)?;
    let stats = Arc::<Counters>::default();
    let (events, events_out) = queue(Arc::clone(&stats));
    let (handle, inbox) = pair(conversions::peer(swarm.local_peer_id()), Arc::clone(&stats));
    let net = Net { listeners, ..Net::new(swarm, &config, events, stats) };
    runtime.spawn(net.run(inbox));
    Ok((handle, events_out))
}

fn swarm(config: &NetConfig, key: &Keypair) -> Result<Swarm<Behaviour>, NetError> {
    let settings = libp2p::swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_per_connection_event_buffer_size(CONNECTION_EVENTS)
        .with_smart_dial();
    let me = key.public().to_peer_id();
    Ok(Swarm::new(roads(key), behaviour(config, key)?, me, settings))
}

fn listen(swarm: &mut Swarm<Behaviour>, addrs: &[String]) -> Result<Vec<ListenerId>, NetError> {
    addrs.iter().map(|addr| listen_on(swarm, addr)).collect()
}

fn listen_on(swarm: &mut Swarm<Behaviour>, addr: &str) -> Result<ListenerId, NetError> {
    let parsed = parse(addr)?;
    if addr::taken(&parsed) {
        return Err(NetError::PortInUse { addr: addr.to_owned() });
    }
    swarm.listen_on(parsed).map_err(|why| listen_error(addr, &why))
}

/// Tells the addresses that the settings say are ours.
fn announce(swarm: &mut Swarm<Behaviour>, addrs: &[String]) -> Result<(), NetError> {
    for addr in addrs {
        swarm.add_external_address(parse(addr)?);
    }
    Ok(())
}

fn parse(addr: &str) -> Result<Multiaddr, NetError> {
    let bad = |why| NetError::BadAddress { addr: addr.to_owned(), why };
    addr::parse(addr).map(|(parsed, _)| parsed).map_err(bad)
}

fn listen_error(addr: &str, why: &TransportError<io::Error>) -> NetError {
    let addr = addr.to_owned();
    match why {
        TransportError::Other(why) => NetError::Listen { addr, why: conversions::reason(why) },
        TransportError::MultiaddrNotSupported(_) => {
            NetError::Listen { addr, why: "no transport for this address".to_owned() }
        }
    }
}

/// The state of the swarm task.
pub(crate) struct Net {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) events: EventSink,
    pub(crate) stats: Arc<Counters>,
    pub(crate) topics: HashMap<TopicHash, Topic>,
    pub(crate) max_payload: usize,
    listeners: Vec<ListenerId>,
    /// How identify names our version.
    pub(crate) hello: String,
    pub(crate) started: Instant,
    pub(crate) peers: Peers,
    /// Peers that have yet to say their version, by deadline.
    pub(crate) unnamed: Deadlines,
    /// Peers that were turned away, and when to close.
    pub(crate) leaving: Deadlines,
    /// Dials that somebody waits for.
    pub(crate) dialling: HashMap<ConnectionId, Dialling>,
    pub(crate) heard: Heard<Waiting>,
    pub(crate) forwards: Forwards<Waiting>,
    pub(crate) mail: Room,
    pub(crate) calls: Rooms,
    pub(crate) redial: Redial<PeerId, Multiaddr>,
    pub(crate) penalties: Penalties<PeerId>,
    pub(crate) restarts: Restarts<PeerId>,
    pub(crate) stopping: Option<oneshot::Sender<()>>,
}

impl Net {
    fn new(swarm: Swarm<Behaviour>, config: &NetConfig, events: EventSink, stats: Arc<Counters>) -> Self {
        Self {
            swarm,
            events,
            stats,
            topics: gossip::by_hash(&config.gossip.topics),
            max_payload: config.gossip.max_payload,
            listeners: Vec::new(),
            hello: config.hello(),
            started: Instant::now(),
            peers: Peers::default(),
            unnamed: Deadlines::default(),
            leaving: Deadlines::default(),
            dialling: HashMap::new(),
            heard: Heard::new(),
            forwards: Forwards::new(config.gossip.forward_delay),
            mail: Room::new(MAX_LETTERS),
            calls: Rooms::default(),
            redial: Redial::new(config.target_peers),
            penalties: Penalties::new(),
            restarts: Restarts::new(),
            stopping: None,
        }
    }

    /// Time since the start, for the machines that take it as an argument.
    pub(crate) fn clock(&self) -> Duration {
        self.started.elapsed()
    }

    /// The loop. The arms are polled in random order: with a fixed order a busy publisher would keep the
    /// swarm from ever being polled.
    async fn run(mut self, mut inbox: Inbox) {
        let (mut commands, mut replies) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.stopping.is_none() {
            let next = self.forwards.next();
            tokio::select! {
                taken = inbox.commands.recv_many(&mut commands, BATCH) => {
                    if taken == 0 {
                        break;
                    }
                    commands.drain(..).for_each(|command| self.on_command(command));
                }
                taken = inbox.replies.recv_many(&mut replies, BATCH) => {
                    if taken == 0 {
                        break;
                    }
                    replies.drain(..).for_each(|reply| self.on_reply(reply));
                }
                event = self.swarm.select_next_some() => self.on_event(event),
                () = until(next), if next.is_some() => self.pass_on(Instant::now()),
                _ = tick.tick() => self.on_tick(Instant::now()),
            }
        }
        self.wind_down().await;
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.opened(peer_id, connection_id, &endpoint)
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, .. } => {
                self.closed(&peer_id, connection_id)
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                self.dial_failed(connection_id, peer_id, &error)
            }
            SwarmEvent::NewListenAddr { address, .. } => self.listening(&address),
            SwarmEvent::ListenerClosed { addresses, reason: Err(why), .. } => {
                self.listen_failed(&addresses, &why)
            }
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Gossip(event) => self.on_gossip(event),
            BehaviourEvent::Mail(event) => self.on_mail(event),
            BehaviourEvent::Calls(event) => self.on_calls(event),
            BehaviourEvent::Identify(event) => self.on_identify(event),
            BehaviourEvent::Ping(event) => self.on_ping(&event),
            BehaviourEvent::Kad(event) => self.on_kad(event),
            BehaviourEvent::Mdns(event) => self.on_mdns(event),
        }
    }

    fn on_tick(&mut self, now: Instant) {
        self.give_up(now);
        self.turn_away_silent(now);
        self.leave(now);
        self.mail.sweep();
        self.calls.sweep();
        self.redial();
        self.pardon();
    }

    fn listening(&self, listener: &Multiaddr) {
        let addr = addr::with_peer(listener, *self.swarm.local_peer_id());
        self.events.tell(NetEvent::Listening { addr });
    }

    fn listen_failed(&self, addrs: &[Multiaddr], why: &io::Error) {
        for addr in addrs {
            self.events.tell(NetEvent::ListenFailed { addr: addr.to_string(), why: why.to_string() });
        }
    }

    /// Stops listening, says farewell, closes, and only then lets the caller go on.
    async fn wind_down(mut self) {
        for listener in self.listeners.drain(..) {
            self.swarm.remove_listener(listener);
        }
        for topic in self.topics.values() {
            self.swarm.behaviour_mut().gossip.unsubscribe(&gossip::ident(topic));
        }
        // The farewell leaves while the swarm is polled; what arrives meanwhile is for nobody.
        let farewell = async { while self.swarm.next().await.is_some() {} };
        let _ = timeout(FAREWELL, farewell).await;
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closing = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        let _ = timeout(CLOSE_WITHIN, closing).await;
        let stopped = self.stopping.take();
        drop(self);
        if let Some(stopped) = stopped {
            // Whoever asked may have gone.
            let _ = stopped.send(());
        }
    }
}

async fn until(moment: Option<Instant>) {
    if let Some(moment) = moment {
        sleep_until(moment.into()).await;
    }
}

/// Chance for jitter, where nothing depends on its quality; zero when the system has none to give.
pub(crate) fn chance() -> u32 {
    getrandom::u32().unwrap_or_default()
}
