//! Messages to buyers.

use domain::remedy::Remedy;
use sim::tiktok::{OrderStatus, TikTokConfig};
use sim::{CallKind, Fault};

use crate::world::{RemedyWorld, US, says};

fn write(text: &str) -> Remedy {
    Remedy::MessageBuyer { text: text.into() }
}

async fn written(world: &RemedyWorld, order: &str) -> Vec<String> {
    // The buyer's own word shows which conversation it is.
    let conversation = world.tiktok.buyer_writes(order, "?").unwrap();
    let messages = world.tiktok.messages(&conversation).into_iter().map(|message| message.text);
    messages.filter(|text| text != "?").collect()
}

#[tokio::test]
async fn the_buyer_reads_of_order_and_shop() {
    let world = RemedyWorld::new().await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    says(&world.one(US, &order, write("{shop}: your order {order} is late.")).await, "done");
    assert_eq!(written(&world, &order).await, [format!("Sample Goods: your order {order} is late.")]);
}

#[tokio::test]
async fn what_tiktok_refuses_is_not_sent() {
    let world = RemedyWorld::new().await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    says(&world.one(US, &order, write("Call me on WhatsApp")).await, "refused: TikTok refuses the text");
    says(&world.one(US, &order, write(" ")).await, "refused: the text is empty");
    says(&world.one(US, &order, write(&"x".repeat(2001))).await, "refused: the text is longer");
    world.change(US, &order, |record| record.order.buyer = None).await;
    says(&world.one(US, &order, write("Hello")).await, "refused: TikTok names no buyer");
    assert!(written(&world, &order).await.is_empty());
}

#[tokio::test]
async fn a_day_has_so_many_messages() {
    let world = RemedyWorld::with(TikTokConfig { chat_calls_max: 1, ..TikTokConfig::default() }).await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    let outcome = world.one(US, &order, write("Hello")).await;
    says(&outcome, "failed: TikTok takes no more calls now: nothing was done");
}

#[tokio::test]
async fn a_message_is_sent_once() {
    for (kind, fault, expect, sent) in [
        (CallKind::MessageSend, Fault::LostAnswer, "failed: it is not known whether it was sent", 1),
        (CallKind::MessageSend, Fault::BrokenBody, "failed: it is not known whether it was sent", 1),
        (CallKind::MessageSend, Fault::LostRequest, "failed: it is not known whether it was sent", 0),
        (CallKind::ConversationOpen, Fault::LostAnswer, "failed: the conversation could not be opened", 0),
    ] {
        let world = RemedyWorld::new().await;
        let order = world.order(US, OrderStatus::AwaitingShipment).await;
        world.fault(kind, fault);
        says(&world.one(US, &order, write("Hello")).await, expect);
        assert_eq!(world.calls(kind), 1);
        assert_eq!(written(&world, &order).await.len(), sent);
    }
}
