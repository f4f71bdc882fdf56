//! How a node starts, ends, and comes back.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{builder, connect, next, soon, spawn};
use vrm_node::core::value::{Seconds, Timestamp};
use vrm_node::records::IntentState;
use vrm_node::{Event, ManualClock, Node, NodeBuilder, NodeError, Profile, Seq, Trouble, Wish, query};

fn on_disk(dir: &Path) -> NodeBuilder {
    builder().data_dir(dir.join("node"))
}

fn bicycle() -> vrm_node::command::IntentDraft {
    Wish::buy("bicycle for a child").category("x:sport/bicycle").draft().unwrap()
}

#[tokio::test]
async fn what_was_done_before_a_shutdown_is_there_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let alice = spawn(on_disk(dir.path())).await;
    let (words, name) = (alice.words(), alice.peer().clone());
    let intent = alice.cast(bicycle()).await.unwrap();
    alice.shutdown().await.unwrap();

    let alice = spawn(on_disk(dir.path())).await;
    assert_eq!(*alice.words(), *words);
    assert_ne!(alice.peer(), &name, "a customer takes a new name at each start");
    let kept = alice.read(move |view| query::own_intent(view, &intent)).await.unwrap();
    assert_eq!(kept.unwrap().state, IntentState::Cast);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_enter_the_data_directory() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let _alice = spawn(on_disk(dir.path())).await;
    let mode = std::fs::metadata(dir.path().join("node")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_vendor_is_found_under_the_same_name_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let acme = spawn(on_disk(dir.path())).await;
    acme.publish_card(Profile::named("Acme").draft().unwrap()).await.unwrap();
    let name = acme.peer().clone();
    acme.shutdown().await.unwrap();
    assert_eq!(spawn(on_disk(dir.path())).await.peer(), &name);
}

#[tokio::test]
async fn a_reader_goes_on_after_a_restart_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let alice = spawn(on_disk(dir.path())).await;
    let mut events = alice.events(Some(0));
    let first = alice.cast(bicycle()).await.unwrap();
    let seen = next("the first", &mut events, cast).await;
    let second = alice.cast(bicycle()).await.unwrap();
    let since: Seq = events.since();
    alice.shutdown().await.unwrap();
    soon("the second, and the end", async { while events.next().await.is_some() {} }).await;

    let alice = spawn(on_disk(dir.path())).await;
    let mut events = alice.events(Some(since));
    let third = alice.cast(bicycle()).await.unwrap();
    let then = [next("the second", &mut events, cast).await, next("the third", &mut events, cast).await];
    assert_eq!((seen, then), (first, [second, third]));
}

fn cast(event: &Event) -> Option<vrm_node::core::Cid> {
    if let Event::Cast { intent } = event { Some(*intent) } else { None }
}

#[tokio::test]
async fn a_second_node_on_the_same_directory_is_told_who_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let alice = spawn(on_disk(dir.path())).await;
    let error = on_disk(dir.path()).spawn().await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("store_locked", Trouble::Taken));
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    alice.shutdown().await.unwrap();
    assert!(on_disk(dir.path()).spawn().await.is_ok());
}

#[tokio::test]
async fn a_port_in_use_and_a_missing_directory_are_told() {
    let alice = spawn(builder()).await;
    let addr = alice.addresses().await.first().unwrap().split_once("/p2p/").unwrap().0.to_owned();
    let error = builder().listen([addr]).spawn().await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("port_in_use", Trouble::Taken));
    assert_eq!(Node::builder().spawn().await.unwrap_err().code(), "no_data_dir");
}

#[tokio::test]
async fn a_damaged_store_is_told_and_nothing_is_guessed() {
    let dir = tempfile::tempdir().unwrap();
    spawn(on_disk(dir.path())).await.shutdown().await.unwrap();
    std::fs::remove_dir_all(dir.path().join("node/store")).unwrap();
    let error = on_disk(dir.path()).spawn().await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("store_damaged", Trouble::Store));
}

#[tokio::test]
async fn whoever_comes_too_late_is_told_that_the_node_is_closed() {
    let alice = spawn(builder()).await;
    let (late, mut events) = (alice.clone(), alice.events(None));
    alice.shutdown().await.unwrap();
    assert!(matches!(late.cast(bicycle()).await, Err(NodeError::Closed)));
    assert!(matches!(late.status().await, Err(NodeError::Closed)));
    assert_eq!(soon("the end of the stream", events.next()).await, None);
    late.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_node_that_nobody_holds_lets_its_directory_go() {
    let dir = tempfile::tempdir().unwrap();
    drop(spawn(on_disk(dir.path())).await);
    let again = async {
        loop {
            match on_disk(dir.path()).spawn().await {
                Ok(node) => return node,
                Err(error) => assert_eq!(error.code(), "store_locked"),
            }
            tokio::task::yield_now().await;
        }
    };
    soon("the lock", again).await;
}

#[tokio::test]
async fn an_intent_runs_out_when_the_clock_says_so() {
    let clock = Arc::new(ManualClock::new(Timestamp::new(1_800_000_000).unwrap()));
    let alice = spawn(builder().clock(Arc::clone(&clock) as _)).await;
    let mut events = alice.events(Some(0));
    let intent = alice.cast(bicycle()).await.unwrap();
    clock.advance(Seconds::days(15));
    let expired = next("the end of the intent", &mut events, |event| match event {
        Event::Expired { intent } => Some(*intent),
        _ => None,
    });
    assert_eq!(expired.await, intent);
}

#[tokio::test]
async fn a_neighbour_given_by_hand_is_met_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (alice, acme) = (spawn(on_disk(dir.path())).await, spawn(builder()).await);
    connect(&alice, &acme).await;
    alice.shutdown().await.unwrap();
    let alice = spawn(on_disk(dir.path())).await;
    let met = async {
        while alice.peers().await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the connection", met).await;
    assert!(alice.ping(acme.peer()).await.is_ok());
    alice.forget(acme.peer()).await.unwrap();
    assert_eq!(alice.forget(acme.peer()).await.unwrap_err().code(), "no_such_peer");
}
