//! Receipts that alice keeps herself: each once, whatever crashes; none leaves her node.

use vrm_core::Hash;
use vrm_protocol::purchases::{self, AT_A_TIME, OwnReceipt};
use vrm_protocol::receipts::from_csv;
use vrm_protocol::{Command, Event, Refusal, Reply};
use vrm_sim::Said;

use crate::cast::{Town, town};

/// Receipts of a table with `count` kettles, each on another day.
fn kettles(count: usize) -> Vec<OwnReceipt> {
    let row = |n: usize| format!("{:04}-{:02}-01,Corner shop,EUR,kettle,39.90\n", 2000 + n / 12, 1 + n % 12);
    let rows: String = (0..count).map(row).collect();
    let batch = from_csv(format!("sold,seller,currency,title,price\n{rows}").as_bytes()).unwrap();
    batch.receipts.into_iter().map(|read| OwnReceipt { receipt: read.receipt, notes: read.notes }).collect()
}

fn keep(town: &mut Town, receipts: Vec<OwnReceipt>) -> Result<Vec<Hash>, Said> {
    match town.world.ask(town.alice, Command::KeepReceipts(receipts))? {
        Reply::Kept { new } => Ok(new),
        other => panic!("{other:?}"),
    }
}

fn kept(town: &Town) -> Vec<purchases::Found> {
    purchases::own(town.world.node(town.alice).store()).unwrap()
}

#[test]
fn what_is_imported_twice_is_kept_once_and_survives_a_crash() {
    let mut town = town(81);
    assert_eq!(keep(&mut town, kettles(3)).unwrap().len(), 3);
    town.world.crash(town.alice);
    town.world.start(town.alice);
    assert_eq!(keep(&mut town, kettles(4)).unwrap().len(), 1, "three are known");
    assert!(kept(&town).len() == 4 && kept(&town).iter().all(|found| found.receipt.is_own()));
    let told = town.world.node(town.alice).events();
    let counts: Vec<u32> = told
        .iter()
        .filter_map(|e| if let Event::ReceiptsKept { count } = e { Some(*count) } else { None })
        .collect();
    assert_eq!(counts, [3, 1]);
    town.sound();
}

#[test]
fn too_many_at_once_are_refused_whole_and_a_forgotten_one_may_come_again() {
    let mut town = town(82);
    let refused = keep(&mut town, kettles(AT_A_TIME + 1));
    assert_eq!((refused, kept(&town).len()), (Err(Said::Refused(Refusal::TooLong)), 0));
    let new = keep(&mut town, kettles(2)).unwrap();
    let forget = || Command::ForgetReceipt { receipt: new[0] };
    town.world.ask(town.alice, forget()).unwrap();
    assert_eq!(town.world.ask(town.alice, forget()), Err(Said::Refused(Refusal::NoSuchReceipt)));
    assert_eq!(keep(&mut town, kettles(2)), Ok(vec![new[0]]));
    town.sound();
}
