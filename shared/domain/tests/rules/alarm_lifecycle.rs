//! An alarm is told once a recipient and channel, whatever becomes of its messages.

use domain::alarm::{Alarm, AlarmCause, AlarmKind, AlarmLevel, AlarmPhase, DeliveryOutcome, alarm_text};
use domain::exception::ExceptionKind;
use domain::recipient::{Channel, Language, QuietHours, Recipient};
use domain::{OrderId, Private, RecipientId, ShopId, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use jiff::tz::TimeZone;

use crate::support::{at, unreachable_recipient};

fn ann() -> Recipient {
    Recipient {
        email: Some(Private::from("ann@example.com")),
        phone: Some(Private::from("+14155550100")),
        sms_consent: Some(date(2026, 1, 1)),
        call_consent: Some(date(2026, 1, 1)),
        ..unreachable_recipient("ann")
    }
}

fn alarm(kind: AlarmKind, recipients: &[Recipient], now: Timestamp) -> Alarm {
    let mut alarm = Alarm::new(ShopId::new("7495"), kind, vec![OrderId::new("1"), OrderId::new("2")], now);
    assert!(matches!(alarm.phase, AlarmPhase::Batching { .. }));
    alarm.send_to(vec![OrderId::new("1")], Some(at(21_600)), recipients, now);
    alarm
}

fn channels(alarm: &Alarm) -> Vec<Channel> {
    alarm.deliveries.iter().map(|delivery| delivery.channel).collect()
}

const SIX_HOURS: AlarmKind = AlarmKind::Dispatch(AlarmLevel::SixHours);

#[test]
fn each_level_has_its_channels() {
    use Channel::{Call, Email, Sms};
    for (level, expected) in [
        (AlarmLevel::Day, vec![Email]),
        (AlarmLevel::HalfDay, vec![Email, Sms]),
        (AlarmLevel::SixHours, vec![Sms, Call]),
    ] {
        assert_eq!(channels(&alarm(AlarmKind::Dispatch(level), &[ann()], at(0))), expected);
    }
}

#[test]
fn nobody_is_called_without_consent_and_nobody_is_left_out() {
    let recipients = [
        Recipient { id: RecipientId::new("no-calls"), call_consent: None, ..ann() },
        Recipient { id: RecipientId::new("no-phone"), phone: None, ..ann() },
        Recipient { id: RecipientId::new("mail-only"), channels: Some(vec![Channel::Email]), ..ann() },
    ];
    assert_eq!(
        channels(&alarm(SIX_HOURS, &recipients, at(0))),
        [Channel::Sms, Channel::Email, Channel::Email]
    );
}

#[test]
fn in_quiet_hours_an_e_mail_takes_the_place() {
    let quiet = QuietHours { from: time(22, 0, 0, 0), to: time(7, 0, 0, 0), zone: "America/New_York".into() };
    let recipients = [Recipient { quiet: Some(quiet), ..ann() }];
    let at_night = "2026-11-24T08:00:00Z".parse().unwrap();
    let by_day = "2026-11-24T15:00:00Z".parse().unwrap();
    assert_eq!(channels(&alarm(SIX_HOURS, &recipients, at_night)), [Channel::Email]);
    assert_eq!(channels(&alarm(SIX_HOURS, &recipients, by_day)), [Channel::Sms, Channel::Call]);
}

#[test]
fn a_message_is_claimed_once_and_a_lost_answer_is_not_sent_again() {
    let recipients = [ann()];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let sms = alarm.claim(at(0)).unwrap();
    let call = alarm.claim(at(0)).unwrap();
    assert_eq!((sms.channel, call.channel), (Channel::Sms, Channel::Call));
    assert_eq!(alarm.claim(at(0)), None);
    alarm.record_outcome(&call.delivery, DeliveryOutcome::Unknown, &recipients, at(1));
    assert_eq!(alarm.claim(at(1)), None, "the text message may still come");
    // Whoever sent the text message died.
    assert_eq!(alarm.next_at(), Some(at(30)));
    alarm.expire(&recipients, at(30));
    let other = alarm.claim(at(30)).unwrap();
    assert_eq!(other.channel, Channel::Email, "told over the channel that was not used");
    alarm.record_outcome(&other.delivery, DeliveryOutcome::Sent, &recipients, at(31));
    assert_eq!((&alarm.phase, alarm.next_at()), (&AlarmPhase::Done, None));
    alarm.record_outcome(&sms.delivery, DeliveryOutcome::Sent, &recipients, at(40));
    assert_eq!(channels(&alarm), [Channel::Sms, Channel::Call, Channel::Email]);
}

fn not_sent() -> DeliveryOutcome {
    DeliveryOutcome::NotSent { reason: "throttled".into(), after: SignedDuration::ZERO }
}

#[test]
fn a_message_that_was_not_sent_is_tried_until_it_is() {
    let recipients = [Recipient { phone: None, ..ann() }];
    let mut alarm = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &recipients, at(0));
    let id = format!("{}/ann/email", alarm.id);
    let (mut now, mut pauses) = (at(0), Vec::new());
    // For a day. What nobody knows of is sent again too.
    while now < at(86_400) {
        let told = if pauses.len() % 2 == 0 { not_sent() } else { DeliveryOutcome::Unknown };
        if let Some(claim) = alarm.claim(now) {
            assert_eq!(claim.delivery.as_str(), id, "one message, under one id");
            alarm.record_outcome(&claim.delivery, told, &recipients, now);
            pauses.push(alarm.deliveries[0].clone());
        }
        let next = alarm.next_at().unwrap();
        assert!(
            next > now && next.duration_since(now) <= SignedDuration::from_mins(15),
            "{next} after {now}"
        );
        now = next;
        alarm.expire(&recipients, now);
    }
    assert!((100..120).contains(&pauses.len()), "{} tries in a day", pauses.len());
    let claim = alarm.claim(now).unwrap();
    alarm.record_outcome(&claim.delivery, DeliveryOutcome::Sent, &recipients, now);
    assert_eq!((&alarm.phase, alarm.next_at(), alarm.undelivered(now)), (&AlarmPhase::Done, None, None));
}

#[test]
fn nobody_knows_of_an_e_mail_and_it_is_sent_again_nobody_knows_of_a_text_message_and_it_is_not() {
    let recipients = [ann()];
    let mut alarm = alarm(AlarmKind::Dispatch(AlarmLevel::HalfDay), &recipients, at(0));
    let claims = [alarm.claim(at(0)).unwrap(), alarm.claim(at(0)).unwrap()];
    // Whoever sent them died.
    alarm.expire(&recipients, at(30));
    let again: Vec<_> = std::iter::from_fn(|| alarm.claim(at(90))).map(|claim| claim.channel).collect();
    assert_eq!(claims.map(|claim| claim.channel), [Channel::Email, Channel::Sms]);
    assert_eq!(again, [Channel::Email], "and nobody is called: the e-mail may still come");
}

#[test]
fn who_is_refused_for_good_is_told_otherwise_and_the_others_are_told() {
    let refused = || DeliveryOutcome::Refused { reason: "the server answered 550".into() };
    let mail_only = |id: &str| Recipient { id: RecipientId::new(id), phone: None, ..ann() };
    let recipients = [mail_only("bad"), mail_only("good"), Recipient { call_consent: None, ..ann() }];
    let mut alarm = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &recipients, at(0));
    let mut told = Vec::new();
    while let Some(claim) = alarm.claim(at(1)) {
        let is_bad = claim.recipient.as_str() == "bad" || claim.recipient.as_str() == "ann";
        let answer =
            if is_bad && claim.channel == Channel::Email { refused() } else { DeliveryOutcome::Sent };
        told.push(format!("{} {}", claim.recipient, claim.channel.name()));
        alarm.record_outcome(&claim.delivery, answer, &recipients, at(1));
    }
    assert_eq!(told, ["bad email", "good email", "ann email", "ann sms"]);
    assert_eq!((&alarm.phase, alarm.undelivered(at(9_000))), (&AlarmPhase::Done, None));
}

#[test]
fn an_alarm_that_reached_nobody_says_so_and_is_not_done() {
    let recipients = [Recipient { phone: None, ..ann() }];
    // Nobody is named.
    let mut nobody = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &[], at(0));
    assert_eq!(nobody.undelivered(at(0)).as_deref(), Some("the settings name nobody who can be notified"));
    let next = nobody.next_at().unwrap();
    nobody.expire(&[], next);
    assert!(nobody.next_at().unwrap() > next && nobody.undelivered(next).is_some(), "it is looked at again");
    nobody.expire(&recipients, next);
    assert_eq!(nobody.claim(next).unwrap().recipient.as_str(), "ann", "who was added since is told");
    // The only one is refused for good.
    let mut refused = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &recipients, at(0));
    let claim = refused.claim(at(0)).unwrap();
    refused.record_outcome(
        &claim.delivery,
        DeliveryOutcome::Refused { reason: "answered 550".into() },
        &recipients,
        at(0),
    );
    assert_eq!(refused.undelivered(at(0)).as_deref(), Some("email to ann: answered 550"));
    assert!(refused.next_at().is_some() && refused.claim(at(90_000)).is_none());
    // There is hope for ten minutes.
    let mut waits = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &recipients, at(0));
    let claim = waits.claim(at(0)).unwrap();
    waits.record_outcome(&claim.delivery, not_sent(), &recipients, at(0));
    assert_eq!(waits.undelivered(at(500)), None);
    assert_eq!(waits.undelivered(at(600)).as_deref(), Some("email to ann: throttled"));
    waits.cancel();
    assert_eq!((waits.undelivered(at(600)), waits.next_at()), (None, None), "what it tells of is over");
}

#[test]
fn what_does_not_come_through_is_told_otherwise_too() {
    let recipients = [Recipient { call_consent: None, ..ann() }];
    let fail = |alarm: &mut Alarm, now| {
        let claim = alarm.claim(now).unwrap();
        alarm.record_outcome(&claim.delivery, not_sent(), &recipients, now);
    };
    // An e-mail takes the place of a text message at once.
    let mut sms = alarm(SIX_HOURS, &recipients, at(0));
    fail(&mut sms, at(0));
    assert_eq!(channels(&sms), [Channel::Sms, Channel::Email]);
    // A text message takes that of an e-mail after ten minutes, and not in the night.
    let mut mail = alarm(AlarmKind::Dispatch(AlarmLevel::Day), &recipients, at(0));
    fail(&mut mail, at(0));
    assert_eq!(channels(&mail), [Channel::Email]);
    mail.expire(&recipients, at(600));
    assert_eq!(channels(&mail), [Channel::Email, Channel::Sms]);
    let quiet = QuietHours { from: time(0, 0, 0, 0), to: time(23, 59, 0, 0), zone: "UTC".into() };
    let asleep = [Recipient { quiet: Some(quiet), ..recipients[0].clone() }];
    mail.expire(&asleep, at(601));
    while let Some(claim) = mail.claim(at(3_600)) {
        assert_eq!(claim.channel, Channel::Email, "a text message that still waited disturbs nobody");
    }
}

#[test]
fn a_call_that_was_handed_on_is_made_once() {
    let recipients = [ann()];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let sms = alarm.claim(at(0)).unwrap();
    let call = alarm.claim(at(0)).unwrap();
    alarm.record_outcome(
        &sms.delivery,
        DeliveryOutcome::Refused { reason: "opted out".into() },
        &recipients,
        at(0),
    );
    // The event is faster than the commit of whoever published it, and comes twice.
    assert!(alarm.claim_call(&call.delivery, at(1)).is_some());
    assert!(alarm.claim_call(&call.delivery, at(1)).is_none());
    alarm.record_outcome(&call.delivery, DeliveryOutcome::Queued, &recipients, at(1));
    assert!(alarm.claim_call(&call.delivery, at(1)).is_none());
    alarm.record_call_outcome(&call.delivery, DeliveryOutcome::Sent, &recipients, at(2));
    assert_eq!(alarm.phase, AlarmPhase::Done);
    assert!(alarm.claim_call(&call.delivery, at(3)).is_none());
    assert!(alarm.claim_call(&sms.delivery, at(3)).is_none(), "a text message is no call");
}

#[test]
fn a_call_that_nobody_began_is_told_otherwise() {
    let recipients = [Recipient { sms_consent: None, ..ann() }];
    let mut alarm = alarm(SIX_HOURS, &recipients, at(0));
    let call = alarm.claim(at(0)).unwrap();
    alarm.record_outcome(&call.delivery, DeliveryOutcome::Queued, &recipients, at(0));
    let until = alarm.next_at().unwrap();
    alarm.expire(&recipients, until);
    assert!(alarm.claim_call(&call.delivery, until).is_none(), "an event that comes now comes too late");
    assert_eq!(alarm.claim(until).unwrap().channel, Channel::Email);
}

#[test]
fn an_alarm_without_orders_is_none_unless_it_is_about_the_shop() {
    let mut none = Alarm::new(ShopId::new("7495"), SIX_HOURS, vec![OrderId::new("1")], at(0));
    none.send_to(Vec::new(), None, &[ann()], at(0));
    assert_eq!((none.phase, none.deliveries.len()), (AlarmPhase::Done, 0));
    let kind = AlarmKind::Exception(ExceptionKind::NoNewOrders);
    let mut shop = Alarm::new(ShopId::new("7495"), kind, Vec::new(), at(0));
    shop.send_to(Vec::new(), None, &[ann()], at(0));
    assert_eq!(channels(&shop), [Channel::Email]);
}

/// One alarm a span: what falls due later in it waits for the next one.
#[test]
fn a_steady_trickle_is_a_message_a_quarter_of_an_hour() {
    let quarter = Timestamp::from_second(1_790_000_100).unwrap();
    assert_eq!(quarter.as_second() % 900, 0);
    let id = |kind, minutes| {
        let now = quarter.saturating_add(SignedDuration::from_mins(minutes)).unwrap();
        let alarm = Alarm::new(ShopId::new("7495"), kind, vec![OrderId::new("1")], now);
        assert_eq!(alarm.minute, now);
        alarm.id
    };
    let no_rate = AlarmKind::Exception(ExceptionKind::NoRate);
    assert_eq!(id(no_rate, 0), id(no_rate, 14));
    assert_ne!(id(no_rate, 14), id(no_rate, 15));
    for at_once in [SIX_HOURS, AlarmKind::Exception(ExceptionKind::DispatchMissed)] {
        assert_ne!(id(at_once, 0), id(at_once, 1));
    }
    for &kind in ExceptionKind::ALL {
        let seconds = kind.notify_every().as_secs();
        let in_step = 3_600 % seconds == 0 || seconds == 86_400;
        assert!(seconds % 60 == 0 && in_step, "{kind:?}: whole minutes, in step with the hour, or a day");
    }
}

#[test]
fn an_e_mail_says_why_and_what_to_do() {
    let mut told = alarm(AlarmKind::Exception(ExceptionKind::NoRate), &[], at(0));
    told.orders = ["1", "2", "3"].map(OrderId::new).into();
    let causes = ["Too heavy.", "Too far.", "Too heavy."];
    told.causes = AlarmCause::count(causes.map(str::to_owned));
    let text =
        |told: &Alarm, channel, language| alarm_text(told, channel, language, &TimeZone::UTC, None).text;
    let advice = ExceptionKind::NoRate.advice(Language::English);
    assert_eq!(
        text(&told, Channel::Email, Language::English),
        format!(
            "Punctual: shop 7495: 3 orders: no service can carry the parcel. First deadline 2026-09-21 20:13 UTC.\n\n\
             Why, for 2 of them: Too heavy.\nWhy, for 1 of them: Too far.\n\n{advice}\n\n1\n2\n3\n"
        )
    );
    assert!(text(&told, Channel::Email, Language::Chinese).contains("其中 2 单的原因：Too heavy.\n"));
    assert!(
        !text(&told, Channel::Sms, Language::English).contains("Too heavy"),
        "a text message stays short"
    );
    told.causes = AlarmCause::count(["Too heavy.", "Too heavy.", "Too heavy."].map(str::to_owned));
    assert!(text(&told, Channel::Email, Language::English).contains("\n\nWhy: Too heavy.\n\n"));

    let many = AlarmCause::count((0..40).map(|n| format!("AlarmCause {}. {}", n % 20, "x".repeat(2_000))));
    assert_eq!(many.len(), 5);
    assert!(many.iter().all(|cause| cause.orders == 2 && cause.what.chars().count() <= 401));
}

/// No kind is told by its raw name, or with somebody else's advice.
#[test]
fn every_kind_has_words_of_its_own() {
    let of = |language| {
        let one = |kind: &ExceptionKind| {
            let told = alarm(AlarmKind::Exception(*kind), &[], at(0));
            let mail = alarm_text(&told, Channel::Email, language, &TimeZone::UTC, None);
            assert!(!mail.text.contains(kind.name()) || !kind.name().contains('_'), "{}", mail.text);
            if language == Language::Chinese {
                let advice = mail.text.lines().nth(2).unwrap();
                assert!(
                    advice.ends_with('。') && !advice.contains(kind.advice(Language::English)),
                    "{advice}"
                );
            }
            mail.subject
        };
        ExceptionKind::ALL.iter().map(one).collect::<std::collections::BTreeSet<_>>()
    };
    for language in [Language::English, Language::Chinese] {
        assert_eq!(of(language).len(), ExceptionKind::ALL.len(), "{language:?}");
    }
}

#[test]
fn the_words_are_short_and_name_count_deadline_and_list() {
    let mut kinds: Vec<AlarmKind> = AlarmLevel::ALL.map(AlarmKind::Dispatch).into();
    kinds.extend(ExceptionKind::ALL.iter().copied().map(AlarmKind::Exception));
    let zone = TimeZone::UTC;
    for kind in kinds {
        let mut alarm = alarm(kind, &[], at(0));
        alarm.orders = (0..500).map(|n| OrderId::new(format!("5770{n:014}"))).collect();
        for (language, limit) in [(Language::English, 160), (Language::Chinese, 80)] {
            let sms = alarm_text(&alarm, Channel::Sms, language, &zone, None).text;
            assert!(sms.chars().count() <= limit, "{} in {language:?} is long: {sms}", kind.name());
            let mail = alarm_text(&alarm, Channel::Email, language, &zone, Some("https://example.com/list"));
            assert!(
                mail.text.contains("https://example.com/list") && mail.text.contains("577000000000000049")
            );
            assert!(!mail.text.contains("577000000000000050") && mail.text.contains("450"));
            assert!(!mail.subject.contains('\n'));
        }
    }
    let alarm = alarm(SIX_HOURS, &[], at(0));
    let zone = domain::zone::zone_by_name("America/Los_Angeles").unwrap();
    let sms = alarm_text(&alarm, Channel::Sms, Language::English, &zone, Some("https://x.example")).text;
    assert_eq!(
        sms,
        "Punctual: shop 7495: 1 order must be shipped within 6 hours. First deadline 2026-09-21 13:13 PDT. https://x.example"
    );
    let sms = alarm_text(&alarm, Channel::Call, Language::Chinese, &zone, Some("https://x.example")).text;
    assert_eq!(sms, "Punctual：店铺 7495：1 单须在 6 小时内发货。最早截止时间 2026-09-21 13:13 PDT。");
}
