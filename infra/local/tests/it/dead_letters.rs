//! Dead letters are listed, sent again and dropped, through a running host and without one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Running, finish, json, live, punctual, sandbox};
use backend::Queues as _;
use backend_sqlite::SqliteBackend;
use domain::message::{ChangeSource, Message, Queue, ShipmentRef};
use domain::{OrderId, OrderKey, ShipmentId, ShopId};
use serde_json::{Value, json};
use system::{Clock, ManualClock, SystemClock};

fn order(shop: &str, order: &str) -> OrderKey {
    OrderKey::new(ShopId::new(shop), OrderId::new(order))
}

/// Lets messages fail in `data` until they are dead letters.
async fn fail(data: &Path, clock: Arc<dyn Clock>, messages: &[Message]) {
    let queues = SqliteBackend::open(data, clock).unwrap();
    for message in messages {
        queues.send(message, Duration::ZERO).await.unwrap();
        for _ in 0..backend::queues::RECEIVES_MAX {
            let visibility = Duration::from_secs(60);
            let received = queues.receive(message.queue(), 1, visibility, Duration::ZERO).await.unwrap();
            queues.nack(message.queue(), &received[0].receipt, Duration::ZERO).await.unwrap();
        }
    }
    assert_eq!(queues.dead_letters(1_000).await.unwrap().len(), messages.len());
}

/// What a command printed as JSON, and its exit code.
fn run(data: &Path, line: &str) -> (Value, Option<i32>) {
    let output = finish(punctual(data).arg("dead-letters").args(line.split_whitespace()).arg("--json"));
    (json(&output), output.status.code())
}

/// The ids of the dead letters that are listed.
fn ids(data: &Path, line: &str) -> Vec<i64> {
    let (list, code) = run(data, line);
    assert_eq!(code, Some(0), "{list}");
    list["dead_letters"].as_array().unwrap().iter().map(|letter| letter["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_sent_again_and_dropped() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let change = |shop: &str, id: &str| Message::order_change(order(shop, id), ChangeSource::Webhook);
    let label = ShipmentRef { key: order("7", "571"), shipment: ShipmentId::new("571-1") };
    let mut messages = vec![Message::LabelRequest(label), change("7", "572"), change("8", "573")];
    // More of one shop than a list of all shops shows.
    messages.extend((0..300).map(|n| change("9", &n.to_string())));
    fail(data, Arc::new(SystemClock), &messages).await;

    let (list, _) = run(data, "list --limit 2");
    let first = &list["dead_letters"][0];
    assert_eq!(
        (&first["queue"], &first["shop"], &first["order"], &first["shipment"], &first["deliveries"]),
        (&json!("label-requests"), &json!("7"), &json!("571"), &json!("571-1"), &json!(5))
    );
    assert!(first["died_at"].is_string() && list["more"] == 301, "{list}");
    let of_shop = |shop: &str| ids(data, &format!("list --shop {shop} --limit 1000"));
    assert_eq!((of_shop("7").len(), of_shop("8").len(), of_shop("9").len()), (2, 1, 300));

    // Without a host.
    let label = of_shop("7")[0];
    assert_eq!(
        run(data, &format!("retry {label} 99999")),
        (
            json!({"dead_letters": [{"id": label, "outcome": "sent"}, {"id": 99_999, "outcome": "not_found"}]}),
            Some(1)
        )
    );
    let queued = SqliteBackend::open(data, Arc::new(SystemClock)).unwrap();
    assert_eq!(queued.depth(Queue::LabelRequests).await.unwrap(), 1, "it is in its queue again");
    drop(queued);
    assert_eq!(of_shop("7").len(), 1);

    // Through a host, which works on it.
    let sandbox = sandbox(0, 3).await;
    let running = Running::start(&mut live(punctual(data), &sandbox));
    running.link();
    let (dropped, code) = run(data, "drop --all --shop 9");
    assert_eq!((dropped["dead_letters"].as_array().unwrap().len(), code), (300, Some(0)));
    assert_eq!(dropped["dead_letters"][0]["outcome"], "dropped");
    let (sent, code) = run(data, "retry --all");
    assert_eq!((sent["dead_letters"].as_array().unwrap().len(), code), (2, Some(0)), "{sent}");
    assert_eq!(ids(data, "list"), [0_i64; 0]);
    running.kill();

    for wrong in ["retry", "drop 1 --all", "drop 1 --shop 7"] {
        let output = finish(punctual(data).arg("dead-letters").args(wrong.split_whitespace()));
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_kept_for_two_weeks_and_one_that_cannot_be_read_is_left_or_dropped() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let old = SystemClock.now() - jiff::SignedDuration::from_hours(24 * 14 + 1);
    let change = |id: &str| Message::order_change(order("7", id), ChangeSource::Webhook);
    fail(data, Arc::new(ManualClock::new(old)), &[change("571")]).await;
    assert_eq!(ids(data, "list"), [0_i64; 0]);

    fail(data, Arc::new(SystemClock), &[change("572"), change("573")]).await;
    let letters = ids(data, "list");
    let db = rusqlite::Connection::open(data.join("punctual.sqlite")).unwrap();
    let stored: i64 = db.query_row("SELECT count(*) FROM dead_letters", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 2, "the old one is deleted");
    // What a newer version may have stored.
    let newer = "UPDATE dead_letters SET body = '{\"kind\":\"teleport\"}' WHERE id = ?1";
    assert_eq!(db.execute(newer, [letters[0]]).unwrap(), 1);
    drop(db);
    let (list, _) = run(data, "list");
    assert_eq!(
        (&list["dead_letters"][0]["shop"], &list["dead_letters"][1]["order"]),
        (&Value::Null, &json!("573"))
    );
    let (retried, code) = run(data, "retry --all");
    assert_eq!((&retried["dead_letters"][0]["outcome"], code), (&json!("unreadable"), Some(1)));
    assert_eq!(run(data, &format!("drop {}", letters[0])).1, Some(0));
    assert_eq!(ids(data, "list"), [0_i64; 0]);
}
