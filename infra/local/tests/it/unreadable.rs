//! Stored records that can't be read, as after a roll-back: everything else goes on, people are told, and the host starts.

use crate::support::{Running, alarms, connect, live, punctual, sandbox, until};
use sim::sandbox::{Kind, orders};
use sim::tiktok::{TikTok, TikTokConfig};

const SETTINGS: &str = r#"{"default":{"recipients":[{"id":"ann","email":"ann@example.com"}]}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_and_a_shop_that_cannot_be_read_cost_themselves_alone() {
    let mut sandbox = sandbox(0, 5).await;
    let first = sandbox.tiktok.shops()[0].clone();
    let mut second = first.clone();
    second.id = "7495551200000000002".to_owned();
    second.cipher = "TTP_sandboxCipherUS0002".to_owned();
    let config = TikTokConfig { shops: vec![first.clone(), second.clone()], ..TikTokConfig::default() };
    sandbox.tiktok = TikTok::start(config).await.unwrap();
    let light = |n: usize, seed| orders(40, seed).into_iter().filter(|o| o.kind == Kind::Light).take(n);
    let ids = sandbox.add(light(3, 5).collect());

    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    until("the first orders are uploaded", || sandbox.tiktok.uploads().len() == 3).await;
    running.terminate();

    // As a newer version would have stored them.
    let db = rusqlite::Connection::open(data.path().join("punctual.sqlite")).unwrap();
    let spoilt = db.execute(
        r#"UPDATE orders SET next_check_at = 0,
           document = replace(document, '"stage":"uploaded"', '"stage":"teleported"') WHERE order_id = ?1"#,
        [&ids[0]],
    );
    assert_eq!(spoilt.unwrap(), 1);
    let stage: bool = db
        .query_row("SELECT document LIKE '%teleported%' FROM orders WHERE order_id = ?1", [&ids[0]], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(stage, "the stage is unknown");
    let spoilt = db.execute("UPDATE shops SET document = '{\"id\": 7}' WHERE id = ?1", [&second.id]);
    assert_eq!(spoilt.unwrap(), 1);
    drop(db);

    sandbox.add(light(3, 6).collect());
    let mut host = live(punctual(data.path()), &sandbox);
    let running = Running::start(host.env("PUNCTUAL_SETTINGS", SETTINGS));
    running.link();
    until("the orders that came since are uploaded", || sandbox.tiktok.uploads().len() == 6).await;
    until("both are told", || alarms(data.path(), "records_unreadable").len() >= 2).await;
    running.line("2 records can't be read");
    running.terminate();

    // The host can be started, and what was told is not told again.
    let mut host = live(punctual(data.path()), &sandbox);
    let running = Running::start(host.env("PUNCTUAL_SETTINGS", SETTINGS));
    running.line("2 records can't be read");
    running.terminate();
    let told = alarms(data.path(), "records_unreadable");
    let of = |shop: &str| -> Vec<String> {
        let of_shop = told.iter().filter(|line| line["shop"] == shop);
        of_shop.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    };
    let (of_first, of_second) = (of(&first.id), of(&second.id));
    assert_eq!((of_first.len(), of_second.len()), (1, 1), "one alarm each: {told:?}");
    assert!(of_first[0].contains("1 order") && of_first[0].contains(&ids[0]), "{}", of_first[0]);
    assert!(of_first[0].contains("can't be read by this version: line 1"), "{}", of_first[0]);
    assert!(of_second[0].contains("The record of the shop itself can't be read."), "{}", of_second[0]);
}
