//! From a buyer's message to the exceptions of the buyer's orders, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use backend::Backend;
use conversation_watch::{ConversationWatch, ConversationWatchDeps};
use domain::ConversationId;
use domain::exception::ExceptionKind;
use domain::message::{Message, Queue};
use domain::shop::Authorization;
use jiff::SignedDuration;
use sim::faults::{CallKind, Fault, FaultRates};
use sim::tiktok::{OrderSpec, OrderStatus, TikTokConfig};
use test_world::{MUG, ShopWorld};
use workflow::StepError;

use ExceptionKind as K;

const ASKS_WHERE: &str = "Where is my order? When will you ship it?";
const ASKS_TO_CANCEL: &str = "Please cancel my order";

/// An order of the one buyer of these tests.
fn ann() -> OrderSpec {
    OrderSpec { buyer_id: Some("7021000000000000001".to_owned()), ..OrderSpec::new(MUG) }
}

async fn follow(world: &ShopWorld, conversation: &str) {
    let Backend { orders, shops, processed_events, queues, .. } = world.backend.clone();
    let (tiktok, clock) = (world.tiktok.clone(), world.clock.clone());
    let step = ConversationWatch::new(ConversationWatchDeps {
        orders,
        shops,
        processed_events,
        queues,
        tiktok,
        clock,
    });
    let conversation = ConversationId::new(conversation);
    match step.handle(&world.shop, &conversation).await {
        // The message is sent again, as the runtime does.
        Err(StepError::Paused(pause)) => {
            let again = Message::ConversationChange { shop: world.shop.clone(), conversation };
            world.backend.queues.send(&again, pause.after).await.unwrap();
        }
        followed => followed.unwrap(),
    }
}

/// The buyer of the order writes, and the conversation is read.
async fn buyer_writes_and_is_followed(world: &ShopWorld, order: &str, text: &str) -> String {
    let conversation = world.sim.buyer_writes(order, text).unwrap();
    follow(world, &conversation).await;
    conversation
}

fn about(world: &ShopWorld, conversation: &str) -> Message {
    let conversation = ConversationId::new(conversation);
    Message::ConversationChange { shop: world.shop.clone(), conversation }
}

#[tokio::test]
async fn a_question_opens_one_exception() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(ann()).await;
    let conversation = buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    let told = world.exception(&order, K::BuyerAsksWhereOrderIs).await;
    assert!(told.detail.starts_with("The buyer asked in the chat on 20"), "{}", told.detail);
    assert!(told.detail.ends_with(" UTC when the order ships."), "{}", told.detail);
    assert_eq!(told.shipment, None);

    // The webhook is delivered again, the second time after a person has closed the exception.
    let before = world.record(&order).await;
    follow(&world, &conversation).await;
    assert_eq!(world.record(&order).await, before);
    close(&world, &order).await;
    follow(&world, &conversation).await;
    assert_eq!(world.open(&order).await, []);

    // Another message opens another exception.
    buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    assert_eq!(world.open(&order).await, [K::BuyerAsksWhereOrderIs]);
}

async fn close(world: &ShopWorld, order: &str) {
    let stored = world.backend.orders.load_order(&world.key(order)).await.unwrap().unwrap();
    let mut record = stored.value;
    record.close_exception(K::BuyerAsksWhereOrderIs, None, record.synced_at);
    world.backend.orders.commit_order(&record, stored.version).await.unwrap();
}

#[tokio::test]
async fn each_kind_of_request_is_an_exception_of_its_own_and_stops_nothing() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(ann()).await;
    let stage = world.record(&order).await.shipments[0].stage.clone();
    buyer_writes_and_is_followed(&world, &order, "hi, thank you so much").await;
    assert_eq!(world.open(&order).await, []);
    buyer_writes_and_is_followed(&world, &order, ASKS_TO_CANCEL).await;
    assert_eq!(world.open(&order).await, [K::BuyerWantsToCancel]);
    buyer_writes_and_is_followed(&world, &order, "I entered the wrong address").await;
    buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    let all = [K::BuyerWantsToCancel, K::BuyerReportsWrongAddress, K::BuyerAsksWhereOrderIs];
    assert_eq!(world.open(&order).await, all);
    assert_eq!(world.record(&order).await.shipments[0].stage, stage);
}

#[tokio::test]
async fn a_message_is_about_all_orders_that_wait_or_the_one_that_it_names() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let first = world.order(ann()).await;
    let held = world.order(OrderSpec { status: OrderStatus::OnHold, ..ann() }).await;
    let other = world.order(OrderSpec::new(MUG)).await;
    let gone = world.order(ann()).await;
    world.sim.cancel(&gone, sim::tiktok::CancelledBy::Buyer).unwrap();
    world.sync(&[&gone]).await;

    buyer_writes_and_is_followed(&world, &first, &format!("please cancel my order {held}")).await;
    assert_eq!(world.open(&first).await, []);
    assert_eq!(world.open(&held).await, [K::BuyerWantsToCancel]);

    buyer_writes_and_is_followed(&world, &first, ASKS_WHERE).await;
    assert_eq!(world.open(&first).await, [K::BuyerAsksWhereOrderIs]);
    assert_eq!(world.open(&held).await, [K::BuyerWantsToCancel, K::BuyerAsksWhereOrderIs]);
    assert_eq!(world.open(&other).await, [], "another buyer's");
    assert_eq!(world.open(&gone).await, [], "cancelled");
}

#[tokio::test]
async fn an_order_that_is_shipped_is_left_alone() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let shipped = world.order(OrderSpec { status: OrderStatus::AwaitingCollection, ..ann() }).await;
    let before = world.record(&shipped).await;
    buyer_writes_and_is_followed(&world, &shipped, ASKS_WHERE).await;
    assert_eq!(world.record(&shipped).await, before);
}

#[tokio::test]
async fn only_messages_of_the_buyer_count() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(ann()).await;
    let conversation = world.sim.buyer_writes(&order, "hello").unwrap();
    let shop = world.backend.shops.load_shop(&world.shop).await.unwrap().unwrap().value;
    let id = ConversationId::new(conversation.as_str());
    world.tiktok.send_text(&(&shop).into(), &id, ASKS_WHERE).await.unwrap();
    follow(&world, &conversation).await;
    assert_eq!(world.open(&order).await, []);
}

#[tokio::test]
async fn what_is_older_than_three_pages_or_two_days_is_not_judged() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.order(ann()).await;
    world.sim.buyer_writes(&order, ASKS_TO_CANCEL).unwrap();
    let mut conversation = String::new();
    for _ in 0..29 {
        conversation = world.sim.buyer_writes(&order, "hello").unwrap();
    }
    let pages = || world.sim.calls().get(&CallKind::MessageList).copied();
    follow(&world, &conversation).await;
    assert_eq!(pages(), Some(3));
    assert_eq!(world.open(&order).await, [K::BuyerWantsToCancel], "the thirtieth");
    follow(&world, &conversation).await;
    assert_eq!(pages(), Some(4), "reading ends at a message that was judged before");

    let later = world.order(OrderSpec { buyer_id: Some("7021000000000000002".to_owned()), ..ann() }).await;
    let conversation = world.sim.buyer_writes(&later, ASKS_WHERE).unwrap();
    world.advance(SignedDuration::from_hours(49));
    follow(&world, &conversation).await;
    assert!(!world.open(&later).await.contains(&K::BuyerAsksWhereOrderIs));
}

#[tokio::test]
async fn a_message_waits_for_its_order_to_be_stored() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    let order = world.sim.add_order(ann()).unwrap();
    let conversation = buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    assert_eq!(world.take(Queue::ConversationChanges).await, [], "not at once");
    world.advance(SignedDuration::from_mins(2));
    assert_eq!(world.take(Queue::ConversationChanges).await, [about(&world, &conversation)]);
    world.sync(&[&order]).await;
    follow(&world, &conversation).await;
    assert_eq!(world.open(&order).await, [K::BuyerAsksWhereOrderIs]);
    world.advance(SignedDuration::from_mins(2));
    assert_eq!(world.take(Queue::ConversationChanges).await, []);
}

#[tokio::test]
async fn a_shop_without_the_scope_keeps_its_authorization() {
    let world = ShopWorld::new(TikTokConfig { customer_service: false, ..TikTokConfig::default() }).await;
    let order = world.order(ann()).await;
    buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
    assert_eq!(world.open(&order).await, []);
    let shop = world.backend.shops.load_shop(&world.shop).await.unwrap().unwrap().value;
    assert_eq!((shop.authorization, shop.open_exceptions().count()), (Authorization::Granted, 0));
    world.advance(SignedDuration::from_hours(1));
    assert_eq!(world.take(Queue::ConversationChanges).await, [], "dropped");
}

#[tokio::test]
async fn a_conversation_or_shop_that_nobody_knows_is_dropped() {
    let world = ShopWorld::new(TikTokConfig::default()).await;
    follow(&world, "7494560109732334404").await;
    let mut unknown = world;
    unknown.shop = domain::ShopId::new("7495000000000000000");
    follow(&unknown, "7494560109732334404").await;
    unknown.advance(SignedDuration::from_hours(1));
    assert_eq!(unknown.take(Queue::ConversationChanges).await, []);
}

#[tokio::test]
async fn whichever_answer_is_lost_the_message_comes_again_and_opens_one_exception() {
    for lost in [CallKind::ConversationGet, CallKind::MessageList, CallKind::OrderSearch] {
        for fault in [Fault::Status(500), Fault::LostAnswer, Fault::BrokenBody, Fault::TooManyRequests] {
            let world = ShopWorld::new(TikTokConfig::default()).await;
            let order = world.order(ann()).await;
            let so_far = world.calls(lost);
            // The client itself repeats a read.
            for nth in 1..=3 {
                world.sim.faults().on_call(lost, so_far + nth, fault);
            }
            let conversation = buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
            let case = format!("{lost} {fault:?}");
            assert!(world.calls(lost) > so_far, "{case}: the fault met no call");
            if world.open(&order).await == [K::BuyerAsksWhereOrderIs] {
                assert_eq!(world.take(Queue::ConversationChanges).await, [], "{case}: answered in the end");
                continue;
            }
            assert_eq!(world.open(&order).await, [], "{case}");
            world.advance(SignedDuration::from_mins(15));
            assert_eq!(
                world.take(Queue::ConversationChanges).await,
                [about(&world, &conversation)],
                "{case}"
            );
        }
    }
}

async fn told(world: &ShopWorld) -> Vec<String> {
    let shop = world.backend.shops.load_shop(&world.shop).await.unwrap().unwrap().value;
    let open = shop.open_exceptions().filter(|open| open.kind == K::ConversationsUnreadable);
    open.map(|open| open.detail.clone()).collect()
}

#[tokio::test]
async fn a_conversation_that_can_t_be_read_is_told_and_given_up_after_a_day() {
    for kind in [CallKind::ConversationGet, CallKind::MessageList, CallKind::OrderSearch] {
        let world = ShopWorld::new(TikTokConfig::default()).await;
        let order = world.order(ann()).await;
        let conversation = world.sim.buyer_writes(&order, ASKS_WHERE).unwrap();
        let fails = FaultRates { server_error: 1.0, only: Some(vec![kind]), ..FaultRates::default() };
        world.sim.faults().set_rates(fails);
        follow(&world, &conversation).await;
        let (mut reads, mut told_after, mut waited) = (1, None, 0);
        // A day of reads takes a while: one kind stands for all.
        let until = if kind == CallKind::ConversationGet { 26 * 60 } else { 30 };
        while waited < until {
            world.advance(SignedDuration::from_mins(5));
            waited += 5;
            for again in world.take(Queue::ConversationChanges).await {
                assert_eq!(again, about(&world, &conversation));
                follow(&world, &conversation).await;
                reads += 1;
            }
            if told_after.is_none() && !told(&world).await.is_empty() {
                told_after = Some(waited);
            }
        }
        assert!(told_after.is_some_and(|minutes| (10..=20).contains(&minutes)), "{kind}: {told_after:?}");
        assert!(reads <= 130 && (reads >= 20 || until == 30), "{kind}: {reads} reads");
        let why = told(&world).await.remove(0);
        assert!(why.starts_with(&format!("Conversation {conversation} cannot be read: tiktok.")), "{why}");
        if until > 30 {
            world.advance(SignedDuration::from_hours(24));
            assert_eq!(world.take(Queue::ConversationChanges).await, [], "{kind}: it is given up");
        }

        // The next message is a new attempt.
        world.sim.faults().set_rates(FaultRates::default());
        buyer_writes_and_is_followed(&world, &order, ASKS_WHERE).await;
        assert_eq!(told(&world).await, Vec::<String>::new(), "{kind}");
    }
}
