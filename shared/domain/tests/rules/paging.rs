//! Lists that somebody else pages.

use domain::paging::{PageReader, PageStep, PagingFault as Fault};

fn next(token: &str) -> PageStep {
    PageStep::Next(token.to_owned())
}

#[test]
fn a_list_is_read_to_its_last_page() {
    let mut reading = PageReader::new(20);
    assert_eq!(reading.page([1, 2], Some("b"), Some(5)), next("b"));
    assert_eq!(reading.page([2, 3, 4], Some("c"), Some(5)), next("c"), "one may come twice");
    assert_eq!(reading.page([5], None, Some(5)), PageStep::End);
    assert_eq!((reading.pages(), reading.entries()), (3, 5));
    assert_eq!(PageReader::<u8>::new(20).page([], None, None), PageStep::End);
    assert_eq!(
        PageReader::<u8>::new(20).page([], Some("  "), Some(0)),
        PageStep::End,
        "a blank token names nothing"
    );
}

/// Pages until the reading ends, of at most a thousand.
fn read(page: impl Fn(u32) -> (Vec<u32>, String)) -> (u32, PageStep) {
    let mut reading = PageReader::new(20);
    for n in 1..=1_000 {
        let (entries, token) = page(n);
        match reading.page(entries, Some(&token), None) {
            PageStep::Next(_) => {}
            end => return (n, end),
        }
    }
    panic!("it goes on for ever");
}

#[test]
fn pages_that_never_end_end_the_reading() {
    let own = |n: u32| format!("token-{n}");
    let broken = PageStep::Broken;
    assert_eq!(read(|n| (vec![n], "same".into())), (2, broken(Fault::RepeatedPage)));
    assert_eq!(read(|n| (vec![n], own(n % 3))), (4, broken(Fault::RepeatedPage)), "a circle");
    assert_eq!(read(|n| (vec![7], own(n))), (2, broken(Fault::NothingNew)));
    assert_eq!(read(|n| (vec![n % 2], own(n))), (3, broken(Fault::NothingNew)), "two pages in turn");
    assert_eq!(read(|n| (vec![], own(n))), (1, broken(Fault::NothingNew)));
    assert_eq!(read(|n| (vec![n], own(n))), (20, broken(Fault::TooManyPages)));
}

#[test]
fn a_list_that_is_shorter_than_it_is_said_to_be_ends_early() {
    let mut reading = PageReader::new(20);
    assert_eq!(reading.page([1], None, Some(2)), PageStep::Broken(Fault::EndsEarly));
    let mut reading = PageReader::new(20);
    reading.page([1, 2], Some("b"), Some(3));
    assert_eq!(reading.page([3], None, Some(2)), PageStep::End, "one was taken out meanwhile");
}

#[test]
fn a_reading_that_is_taken_up_keeps_its_limit_and_its_count() {
    let mut reading = PageReader::resumed(20, "t19".into(), 19, 1_900);
    assert_eq!(reading.page([1], Some("t20"), Some(5_000)), PageStep::Broken(Fault::TooManyPages));
    let mut reading = PageReader::resumed(20, "t3".into(), 3, 300);
    assert_eq!(reading.page([1], Some("t3"), None), PageStep::Broken(Fault::RepeatedPage));
    let mut reading = PageReader::resumed(20, "t3".into(), 3, 300);
    assert_eq!(reading.page([1], None, Some(301)), PageStep::End);
}
