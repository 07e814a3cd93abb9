//! Messages to buyers.

use domain::remedy::Remedy;
use sim::tiktok::{OrderStatus, TikTokConfig};
use sim::{CallKind, Fault};

use crate::world::{RemedyWorld, US, assert_outcome};

fn write(text: &str) -> Remedy {
    Remedy::MessageBuyer { text: text.into() }
}

async fn written(world: &RemedyWorld, order: &str) -> Vec<String> {
    // A message of the buyer leads to the conversation.
    let conversation = world.tiktok.buyer_writes(order, "?").unwrap();
    let messages = world.tiktok.messages(&conversation).into_iter().map(|message| message.text);
    messages.filter(|text| text != "?").collect()
}

#[tokio::test]
async fn placeholders_are_replaced_by_order_and_shop() {
    let world = RemedyWorld::new().await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    assert_outcome(&world.one(US, &order, write("{shop}: your order {order} is late.")).await, "done");
    assert_eq!(written(&world, &order).await, [format!("Sample Goods: your order {order} is late.")]);
}

#[tokio::test]
async fn what_tiktok_refuses_is_not_sent() {
    let world = RemedyWorld::new().await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    assert_outcome(
        &world.one(US, &order, write("Call me on WhatsApp")).await,
        "refused: TikTok refuses the text",
    );
    assert_outcome(&world.one(US, &order, write(" ")).await, "refused: the text is empty");
    assert_outcome(&world.one(US, &order, write(&"x".repeat(2001))).await, "refused: the text is longer");
    world.change(US, &order, |record| record.order.buyer = None).await;
    assert_outcome(&world.one(US, &order, write("Hello")).await, "refused: TikTok does not name the order");
    assert!(written(&world, &order).await.is_empty());
}

#[tokio::test]
async fn tiktok_limits_the_messages_of_a_day() {
    let world = RemedyWorld::with(TikTokConfig { chat_calls_max: 1, ..TikTokConfig::default() }).await;
    let order = world.order(US, OrderStatus::AwaitingShipment).await;
    let outcome = world.one(US, &order, write("Hello")).await;
    assert_outcome(&outcome, "failed: TikTok accepts no more calls for now: nothing was done");
}

#[tokio::test]
async fn a_message_is_sent_once() {
    for (kind, fault, expect, sent) in [
        (CallKind::MessageSend, Fault::LostAnswer, "failed: it is unknown whether it was sent", 1),
        (CallKind::MessageSend, Fault::BrokenBody, "failed: it is unknown whether it was sent", 1),
        (CallKind::MessageSend, Fault::LostRequest, "failed: it is unknown whether it was sent", 0),
        (CallKind::ConversationOpen, Fault::LostAnswer, "failed: the conversation could not be opened", 0),
    ] {
        let world = RemedyWorld::new().await;
        let order = world.order(US, OrderStatus::AwaitingShipment).await;
        world.fault(kind, fault);
        assert_outcome(&world.one(US, &order, write("Hello")).await, expect);
        assert_eq!(world.calls(kind), 1);
        assert_eq!(written(&world, &order).await.len(), sent);
    }
}
