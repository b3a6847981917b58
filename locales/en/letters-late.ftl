# Letters about what the clock noticed: late work, requests that nobody touches, loops that ended.
letter-overdue-about = overdue work
letter-overdue-about-order = overdue: please { $order }
letter-overdue-happened = Work on this exception was not done by { $since }.
letter-overdue-means = The exception waits for it, and the record says that it is late.
letter-overdue-means-escalates = The exception waits for it, and the record says that it is late. On { $escalates } the procedure's escalation route is told.
letter-overdue-next = Do the work now, or release it for somebody else.
letter-lapses-soon-about = your request lapses soon
letter-lapses-soon-happened = Nobody has touched this request for some time. It lapses{ $on }.
letter-lapses-soon-means = A request that lapsed is withdrawn. It stays in the record, and a new one can build on it.
letter-lapses-soon-next = If it is still needed, complete and submit it; any change to it begins the time anew. Otherwise nothing.
letter-lapses-soon-on = {" "}on { $at }
letter-limit-reached-about = no more { $what }
letter-limit-reached-happened = On { $at } this exception had { $times }, as many as its procedure allows.
letter-limit-reached-means = That loop has stopped: what would go round once more is not done by itself any longer.
letter-limit-reached-next = Look at why it goes round, and decide with those concerned whether it is completed, ended or suspended.
letter-loop-returns = returns
letter-times-returns = { $count ->
    [one] 1 return
   *[other] { $count } returns
  }
letter-loop-reopenings = reopenings
letter-times-reopenings = { $count ->
    [one] 1 reopening
   *[other] { $count } reopenings
  }
letter-loop-reminders = reminders
letter-times-reminders = { $count ->
    [one] 1 reminder
   *[other] { $count } reminders
  }
letter-loop-escalations = escalations
letter-times-escalations = { $count ->
    [one] 1 escalation
   *[other] { $count } escalations
  }
letter-loop-rounds = rounds
letter-times-rounds = { $count ->
    [one] 1 round
   *[other] { $count } rounds
  }
