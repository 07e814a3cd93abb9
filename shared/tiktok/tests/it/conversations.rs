//! Customer service: what is sent and what is made of the answers.

use axum::http::Method;
use domain::{BuyerId, ConversationId};
use serde_json::{Value, json};
use tiktok::{ChatRole, Class};

use crate::server::Reply;
use crate::setup::{fresh, shop};

#[tokio::test]
async fn messages_come_the_newest_first() {
    let (server, client, _setup) = fresh(|_, _| {
        Reply::data(json!({
            "messages": [
                {
                    "id": "9", "index": "12", "type": "TEXT", "content": "{\"content\":\"Where is it?\"}",
                    "create_time": 5, "sender": {"role": "BUYER", "im_user_id": "1", "nickname": "Ann"},
                },
                null,
                {"id": "8", "index": 11, "type": "ORDER_CARD", "content": "{\"order_id\":\"5\"}"},
            ],
            "next_page_token": "next",
        }))
    })
    .await;
    let id = ConversationId::new("7");
    let page = client.messages(&shop(), &id, 50, Some("here")).await.unwrap();
    assert_eq!((page.messages.len(), page.next_page_token.as_deref()), (2, Some("next")));
    let [text, card] = page.messages.as_slice() else { panic!() };
    assert_eq!((&text.sender, text.index), (&ChatRole::Buyer, Some(12)));
    assert_eq!(text.text.as_ref().unwrap().expose(), "Where is it?");
    assert_eq!((card.kind.as_str(), &card.text), ("ORDER_CARD", &None));
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/customer_service/202309/conversations/7/messages");
    assert_eq!((seen.query["page_size"].as_str(), seen.query["page_token"].as_str()), ("10", "here"));
    assert_eq!(seen.query["sort_order"], "DESC");
}

#[tokio::test]
async fn a_conversation_names_the_buyer() {
    let (server, client, _setup) = fresh(|seen, _| {
        let mut one =
            json!({"id": "7", "participants": [{"role": "BUYER", "user_id": "21", "im_user_id": "22"}]});
        if seen.path.ends_with("/7") {
            return Reply::data(json!({ "conversation": one }));
        }
        if seen.path.ends_with("/8") {
            return Reply::data(json!({}));
        }
        one["can_send_message"] = true.into();
        Reply::data(json!({"conversations": [one, {}], "next_page_token": ""}))
    })
    .await;
    let one = client.conversation(&shop(), &ConversationId::new("7")).await.unwrap();
    assert_eq!((one.buyer(), one.can_send_message), (Some(BuyerId::new("21")), None));
    let error = client.conversation(&shop(), &ConversationId::new("8")).await.unwrap_err();
    assert_eq!(error.class(), Class::Retry);
    let page = client.conversations(&shop(), 0, None).await.unwrap();
    assert_eq!((page.conversations.len(), page.next_page_token), (1, None));
    assert_eq!(page.conversations[0].can_send_message, Some(true));
    let seen = server.seen();
    assert_eq!(seen[0].path, "/customer_service/202601/conversations/7");
    assert_eq!(seen.last().unwrap().query["page_size"], "1");
}

#[tokio::test]
async fn opens_and_writes_once() {
    let (server, client, _setup) = fresh(|seen, before| match (before, seen.path.ends_with("messages")) {
        (0..2, true) => Reply::data(json!({"message_id": "31"})),
        (0..2, false) => Reply::data(json!({"conversation_id": 7})),
        _ => Reply::text(500, ""),
    })
    .await;
    let id = client.open_conversation(&shop(), &BuyerId::new("21")).await.unwrap();
    let text = "Is \"Elm St\" right?\n\u{1f4e6}";
    assert_eq!(client.send_text(&shop(), &id, text).await.unwrap().as_str(), "31");
    let seen = server.seen();
    assert_eq!(seen[0].body, r#"{"buyer_user_id":"21"}"#);
    assert_eq!(seen[1].method, Method::POST);
    let body: Value = serde_json::from_str(&seen[1].body).unwrap();
    assert_eq!(body["type"], "TEXT");
    let content: Value = serde_json::from_str(body["content"].as_str().unwrap()).unwrap();
    assert_eq!(content, json!({ "content": text }));

    assert_eq!(client.send_text(&shop(), &id, "x").await.unwrap_err().class(), Class::RereadFirst);
    let error = client.open_conversation(&shop(), &BuyerId::new("21")).await.unwrap_err();
    assert_eq!((error.class(), server.seen().len()), (Class::RereadFirst, 4));
}

#[tokio::test]
async fn a_text_that_is_too_long_is_not_sent() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({"message_id": "31"}))).await;
    let id = ConversationId::new("7");
    client.send_text(&shop(), &id, &"ü".repeat(2000)).await.unwrap();
    let error = client.send_text(&shop(), &id, &"ü".repeat(2001)).await.unwrap_err();
    assert_eq!(error.class(), Class::ContentRefused);
    assert!(error.to_string().contains("more than 2000 characters"), "{error}");
    assert_eq!(client.send_text(&shop(), &id, " \n").await.unwrap_err().class(), Class::Bug);
    assert_eq!(server.seen().len(), 1);
}
