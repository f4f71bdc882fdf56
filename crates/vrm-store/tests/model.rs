//! Random batches against a map, with the store closed and opened in between.

mod common;

use std::ops::ControlFlow;

use common::Model;
use proptest::collection::vec;
use proptest::prelude::*;
use vrm_protocol::store::{Batch, Overlay, Store, View};
use vrm_store::{MemoryStore, conformance};

/// What happens to the store.
#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Reopen,
    Scan { prefix: Vec<u8>, from: Option<Vec<u8>>, stop: usize },
}

/// Few short keys, so that they meet each other, and some long ones.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => vec(prop_oneof![Just(0_u8), Just(1), Just(255)], 0..4),
        1 => vec(Just(255_u8), 250..=256),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => vec(any::<u8>(), 0..100),
        1 => (any::<u8>(), 4_000_usize..96 * 1024).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

fn writes() -> impl Strategy<Value = Vec<(Vec<u8>, Option<Vec<u8>>)>> {
    vec((key(), proptest::option::weighted(0.7, value())), 0..20)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => writes().prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        3 => (key(), proptest::option::of(key()), 1_usize..20)
            .prop_map(|(prefix, from, stop)| Step::Scan { prefix, from, stop }),
    ]
}

fn batch(writes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(key.clone(), value.clone()),
            None => batch.delete(key.clone()),
        }
    }
    batch
}

fn apply(model: &mut Model, batch: &Batch) {
    for (key, value) in batch.ops() {
        match value {
            Some(value) => model.insert(key.to_vec(), value.to_vec()),
            None => model.remove(key),
        };
    }
}

fn expected(model: &Model, prefix: &[u8], from: Option<&[u8]>, stop: usize) -> conformance::Pairs {
    let wanted = model
        .iter()
        .filter(|(key, _)| key.starts_with(prefix) && from.is_none_or(|from| key.as_slice() >= from));
    wanted.take(stop).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn scanned(view: &impl View, prefix: &[u8], from: Option<&[u8]>, stop: usize) -> conformance::Pairs {
    let mut found = Vec::new();
    let done = view.scan(prefix, from, &mut |key, value| {
        found.push((key.to_vec(), value.to_vec()));
        if found.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    done.expect("the store can be read");
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_on_disk_is_a_map(steps in vec(step(), 1..25)) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut store = common::open(dir.path()).expect("it opens");
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Commit(writes) => {
                    let batch = batch(&writes);
                    store.commit(&batch).expect("it commits");
                    apply(&mut model, &batch);
                }
                Step::Reopen => {
                    drop(store);
                    store = common::open(dir.path()).expect("it opens again");
                }
                Step::Scan { prefix, from, stop } => {
                    let found = scanned(&store, &prefix, from.as_deref(), stop);
                    prop_assert_eq!(found, expected(&model, &prefix, from.as_deref(), stop));
                }
            }
        }
        for (key, value) in &model {
            prop_assert_eq!(store.get(key).expect("it can be read"), Some(value.clone()));
        }
        prop_assert_eq!(common::content(&store), model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_overlay_is_the_store_after_the_commit(
        before in writes(), pending in writes(), prefix in key(), from in proptest::option::of(key()), stop in 1_usize..20,
    ) {
        let store = MemoryStore::new();
        store.commit(&batch(&before)).expect("it commits");
        let pending = batch(&pending);
        let overlay = Overlay::new(&store, &pending);
        let seen = scanned(&overlay, &prefix, from.as_deref(), stop);
        let got = overlay.get(&prefix).expect("it can be read");

        store.commit(&pending).expect("it commits");
        prop_assert_eq!(seen, scanned(&store, &prefix, from.as_deref(), stop));
        prop_assert_eq!(got, store.get(&prefix).expect("it can be read"));
    }
}
