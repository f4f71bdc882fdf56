//! J5: the comparison table: totals, times, warranty, terms; explained line by line; the reserve applied here.

use crate::world::{draft, market_of};

#[tokio::test(flavor = "multi_thread")]
async fn offers_are_compared_explained_and_a_wrong_sum_is_flagged() {
    let names = ["Vendor 0", "Vendor 1", "Vendor 2", "Vendor 3"];
    let (alice, vendors, id) = market_of(names, &["--max", "450EUR"]).await;
    let prices = [("399", 7), ("429", 2), ("480", 1), ("200", 1)];
    let mut arrived = alice.story().await;
    for (vendor, (price, days)) in vendors.iter().zip(prices) {
        let mut offer = draft(&id, price, days);
        if price == "200" {
            offer.proposal.total =
                serde_json::from_value(serde_json::json!({"amount": "199", "currency": "EUR"})).unwrap();
        }
        vendor.client.make_offer(&offer).await.unwrap();
        arrived.next("offered").await;
    }

    let table = alice.client.offers_on(&id).await.unwrap();
    let order: Vec<_> = table.rows.iter().map(|row| row.total.0.to_string()).collect();
    assert_eq!(order.len(), 4);
    assert_eq!(
        order[2..],
        ["480.00 EUR", "199.00 EUR"],
        "over the reserve, then the one that does not add up"
    );
    assert!(table.rows[2].over_reserve && table.rows[2].adds_up && !table.rows[3].adds_up);
    for row in &table.rows {
        assert_eq!(
            row.score,
            row.why.iter().map(|why| why.points).sum::<u32>(),
            "every point is accounted for"
        );
        assert!(row.why.iter().all(|why| !why.words.is_empty()));
    }
    let told = alice.vrm(&["offers", &id, "--why"]).ok().out;
    assert!(told.contains("price") && told.contains("the lowest is"), "{told}");
}
