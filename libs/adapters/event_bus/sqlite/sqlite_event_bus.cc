#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "libs/adapters/event_bus/sqlite/dead_letters.h"
#include "libs/adapters/event_bus/sqlite/schema.h"
#include "libs/adapters/sqlite/database.h"
#include "libs/base/uuid.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Database;
using sqlite::Durability;
using sqlite::Statement;

// Subjects are stored as one text with a comma on each side of each, so that a LIKE-free instr()
// finds one exactly.
std::string JoinSubjects(const std::vector<std::string>& subjects) {
  std::string text = ",";
  for (const std::string& subject : subjects) text += subject + ",";
  return text;
}

std::vector<std::string> SplitSubjects(const std::string& text) {
  std::vector<std::string> subjects;
  for (std::size_t begin = 1; begin < text.size();) {
    const std::size_t end = text.find(',', begin);
    subjects.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return subjects;
}

struct ConsumerRow {
  std::string subjects;
  std::int64_t max_in_flight = 0;
  std::int64_t ack_wait = 0;
  std::int64_t position = 0;
};

Result<ConsumerRow> FindConsumer(Connection& db, const std::string& name) {
  Statement row = db.Prepare(
      "SELECT subjects, max_in_flight, ack_wait, position FROM consumers WHERE name = ?");
  VANG_ASSIGN_OR_RETURN(const bool found, row.Bind(name).Step());
  if (!found) return NotFound("there is no consumer '" + name + "'");
  return ConsumerRow{row.Text(0), row.Int(1), row.Int(2), row.Int(3)};
}

// One number of the query's first row.
Result<std::int64_t> Number(Statement& statement) {
  VANG_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

// What a killed process had in hand waits as long as after a failure, counted from this start, and
// from the next one if this process does not live to hand it out. So an event is not blamed for a
// machine that kills everything again and again, and one that does kill the process lets others
// through before its next attempt.
Status TakeBackFromADeadProcess(Connection& db, const SqliteEventBusConfig& config) {
  return db
      .Prepare(
          "UPDATE deliveries SET in_hand = 2, due = ? + (? << min(max(attempt, 1), 12) - 1) "
          "WHERE in_hand <> 0")
      .Bind(config.clock->Now())
      .Bind(config.crash_delay.count())
      .Run();
}

class Bus : public SqliteEventBus {
 public:
  Bus(std::unique_ptr<Database> db, const Clock* clock) : db_(std::move(db)), clock_(clock) {}

  Result<PublishAck> Publish(const Context& context, const Event& event) override {
    PublishAck ack;
    const std::string body = EncodeEvent(event);
    if (const auto decoded = DecodeEvent(body); !decoded.ok()) {
      return decoded.status().Wrap("event " + event.subject + " breaks its schema");
    }
    VANG_RETURN_IF_ERROR(db_->Write(context, Durability::kDurable, [&](Connection& db) -> Status {
      VANG_RETURN_IF_ERROR(db.Prepare("INSERT INTO events(id, subject, stored_at, body) "
                                      "VALUES(?,?,?,?) ON CONFLICT(id) DO NOTHING")
                               .Bind(event.id)
                               .Bind(event.subject)
                               .Bind(clock_->Now())
                               .Bind(body)
                               .Run());
      ack.duplicate = db.changes() == 0;
      Statement row = db.Prepare("SELECT sequence FROM events WHERE id = ?");
      VANG_ASSIGN_OR_RETURN(const std::int64_t sequence, Number(row.Bind(event.id)));
      ack.sequence = static_cast<std::uint64_t>(sequence);
      return {};
    }));
    Wake();
    return ack;
  }

  Status EnsureConsumer(const Context& context, const ConsumerConfig& config) override {
    for (const std::string& subject : config.subjects) {
      if (!IsEventSubject(subject)) return InvalidArgument("'" + subject + "' is not a subject");
    }
    return db_->Write(context, Durability::kDurable, [&](Connection& db) {
      return db
          .Prepare(
              "INSERT INTO consumers(name, subjects, max_in_flight, ack_wait) "
              "VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET subjects=excluded.subjects, "
              "max_in_flight=excluded.max_in_flight, ack_wait=excluded.ack_wait")
          .Bind(config.name)
          .Bind(JoinSubjects(config.subjects))
          .Bind(config.max_in_flight)
          .Bind(config.ack_wait.count())
          .Run();
    });
  }

  Result<std::vector<Delivery>> Fetch(const Context& context, const std::string& consumer, int max,
                                      Duration wait) override {
    const auto give_up = std::chrono::steady_clock::now() + context.Remaining(wait);
    while (true) {
      VANG_RETURN_IF_ERROR(context.Check());
      std::uint64_t seen = 0;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        seen = generation_;
      }
      std::vector<Delivery> deliveries;
      TimeMs next_due = -1;
      VANG_RETURN_IF_ERROR(Take(context, consumer, max, &deliveries, &next_due));
      if (!deliveries.empty()) return deliveries;
      auto until = give_up;
      if (next_due >= 0) {
        until = std::min(until, std::chrono::steady_clock::now() +
                                    std::max(Duration(1), Duration(next_due - clock_->Now())));
      }
      if (std::chrono::steady_clock::now() >= give_up) return deliveries;
      std::unique_lock<std::mutex> lock(mutex_);
      // A stop of the caller must end the wait too, and it cannot notify us.
      until = std::min(until, std::chrono::steady_clock::now() + Duration(500));
      changed_.wait_until(lock, until, [&] { return generation_ != seen; });
    }
  }

  Status Ack(const Context& context, const std::string& consumer,
             const Delivery& delivery) override {
    return db_->Write(context, Durability::kBuffered, [&](Connection& db) {
      return db.Prepare("DELETE FROM deliveries WHERE consumer = ? AND sequence = ? AND token = ?")
          .Bind(consumer)
          .Bind(static_cast<std::int64_t>(delivery.sequence))
          .Bind(delivery.token)
          .Run();
    });
  }

  Status Retry(const Context& context, const std::string& consumer, const Delivery& delivery,
               Duration delay) override {
    VANG_RETURN_IF_ERROR(SetDue(context, consumer, delivery, delay, 0));
    Wake();
    return {};
  }

  Status Extend(const Context& context, const std::string& consumer,
                const Delivery& delivery) override {
    Duration wait{0};
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) -> Status {
      VANG_ASSIGN_OR_RETURN(const ConsumerRow row, FindConsumer(db, consumer));
      wait = Duration(row.ack_wait);
      return {};
    }));
    return SetDue(context, consumer, delivery, wait, 1);
  }

  Result<std::uint64_t> Replay(const Context& context, const std::string& consumer,
                               const std::string& subject, const ReplayFrom& from) override {
    std::uint64_t count = 0;
    VANG_RETURN_IF_ERROR(db_->Write(context, Durability::kDurable, [&](Connection& db) -> Status {
      VANG_ASSIGN_OR_RETURN(const ConsumerRow row, FindConsumer(db, consumer));
      if (!subject.empty() && row.subjects.find("," + subject + ",") == std::string::npos) {
        return InvalidArgument("consumer '" + consumer + "' does not take " + subject);
      }
      // What it has not seen yet comes anyway. What it has in hand stays as it is.
      VANG_RETURN_IF_ERROR(
          db.Prepare("INSERT INTO deliveries(consumer, sequence, attempt, due, in_hand, replay) "
                     "SELECT ?1, sequence, 0, ?2, 0, 1 FROM events WHERE sequence <= ?3 "
                     "AND sequence >= ?4 AND stored_at >= ?5 AND (?6 = '' OR subject = ?6) "
                     "AND instr(?7, ',' || subject || ',') > 0 "
                     "ON CONFLICT(consumer, sequence) DO NOTHING")
              .Bind(consumer)
              .Bind(clock_->Now())
              .Bind(row.position)
              .Bind(static_cast<std::int64_t>(from.sequence.value_or(0)))
              .Bind(from.time.value_or(0))
              .Bind(subject)
              .Bind(row.subjects)
              .Run());
      count = static_cast<std::uint64_t>(db.changes());
      return {};
    }));
    Wake();
    return count;
  }

  Result<std::vector<std::pair<std::uint64_t, Event>>> Read(const Context& context,
                                                            std::uint64_t after, int max) override {
    std::vector<std::pair<std::uint64_t, Event>> events;
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) -> Status {
      // Without a LIMIT, so that a page of nothing but damage does not look like the end.
      Statement rows =
          db.Prepare("SELECT sequence, body FROM events WHERE sequence > ? ORDER BY sequence");
      rows.Bind(static_cast<std::int64_t>(after));
      while (events.size() < static_cast<std::size_t>(max)) {
        VANG_ASSIGN_OR_RETURN(const bool row, rows.Step());
        if (!row) break;
        auto event = DecodeEvent(rows.Text(1));
        if (event.ok()) {
          events.emplace_back(static_cast<std::uint64_t>(rows.Int(0)), *std::move(event));
          continue;
        }
        Log(LogLevel::kWarning, "event-bus", "passing over an event that no longer decodes",
            {{"sequence", std::to_string(rows.Int(0))}, {"error", event.status().ToString()}});
      }
      return {};
    }));
    return events;
  }

  Result<std::vector<ConsumerState>> Consumers(const Context& context) override {
    std::vector<ConsumerState> states;
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) -> Status {
      Statement rows = db.Prepare(
          "SELECT c.name, "
          "(SELECT count(*) FROM events e WHERE e.sequence > c.position AND "
          " instr(c.subjects, ',' || e.subject || ',') > 0) + "
          "(SELECT count(*) FROM deliveries d WHERE d.consumer = c.name AND d.in_hand <> 1), "
          "(SELECT count(*) FROM deliveries d WHERE d.consumer = c.name AND d.in_hand = 1), "
          "(SELECT min(e.stored_at) FROM events e WHERE e.sequence > c.position AND "
          " instr(c.subjects, ',' || e.subject || ',') > 0) FROM consumers c ORDER BY c.name");
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, rows.Step());
        if (!row) return {};
        states.push_back({rows.Text(0), static_cast<std::uint64_t>(rows.Int(1)),
                          static_cast<std::uint64_t>(rows.Int(2)), rows.OptionalInt(3)});
      }
    }));
    return states;
  }

  Result<std::vector<StandingConsumer>> WhereConsumersStand(const Context& context) override {
    std::vector<StandingConsumer> consumers;
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) -> Status {
      Statement rows = db.Prepare(
          "SELECT name, subjects, max_in_flight, ack_wait, min(position, coalesce((SELECT "
          "min(sequence) - 1 FROM deliveries WHERE consumer = name), position)) FROM consumers "
          "ORDER BY name");
      consumers.clear();
      return sql::ForEachRow(rows, [&](const Statement& row) {
        consumers.push_back({{row.Text(0), SplitSubjects(row.Text(1)), static_cast<int>(row.Int(2)),
                              Duration(row.Int(3))},
                             static_cast<std::uint64_t>(row.Int(4))});
      });
    }));
    return consumers;
  }

  Status PutDeadLetter(const Context& context, const DeadLetter& letter) override {
    return db_->Write(context, Durability::kDurable,
                      [&](Connection& db) { return dead_letters::Put(db, letter); });
  }

  Result<std::vector<DeadLetter>> ListDeadLetters(const Context& context, const std::string& tenant,
                                                  const std::string& cursor, int max) override {
    Result<std::vector<DeadLetter>> letters = std::vector<DeadLetter>();
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) {
      letters = dead_letters::List(db, tenant, cursor, max);
      return letters.status();
    }));
    return letters;
  }

  Result<DeadLetter> GetDeadLetter(const Context& context, const std::string& id) override {
    Result<DeadLetter> letter = NotFound("");
    VANG_RETURN_IF_ERROR(db_->Read(context, [&](Connection& db) {
      letter = dead_letters::Get(db, id);
      return letter.status();
    }));
    return letter;
  }

  Status DeleteDeadLetter(const Context& context, const std::string& id) override {
    return db_->Write(context, Durability::kDurable,
                      [&](Connection& db) { return dead_letters::Delete(db, id); });
  }

  Status RedriveDeadLetter(const Context& context, const std::string& id) override {
    VANG_RETURN_IF_ERROR(db_->Write(context, Durability::kDurable, [&](Connection& db) -> Status {
      VANG_ASSIGN_OR_RETURN(const DeadLetter letter, dead_letters::Get(db, id));
      Statement event = db.Prepare("SELECT sequence FROM events WHERE id = ?");
      VANG_ASSIGN_OR_RETURN(const std::int64_t sequence, Number(event.Bind(letter.event.id)));
      if (sequence == 0) return NotFound("the event of dead letter " + id + " is not in the log");
      VANG_RETURN_IF_ERROR(
          db.Prepare("INSERT INTO deliveries(consumer, sequence, attempt, due, in_hand, replay) "
                     "VALUES(?,?,0,?,0,1) ON CONFLICT(consumer, sequence) DO UPDATE "
                     "SET attempt=0, due=excluded.due, in_hand=0, token=''")
              .Bind(letter.consumer)
              .Bind(sequence)
              .Bind(clock_->Now())
              .Run());
      return dead_letters::Delete(db, id);
    }));
    Wake();
    return {};
  }

  Result<int> PurgeRecording(const Context& context, const std::string& recording_id) override {
    int count = 0;
    VANG_RETURN_IF_ERROR(db_->Write(context, Durability::kDurable, [&](Connection& db) -> Status {
      VANG_ASSIGN_OR_RETURN(count, dead_letters::Purge(db, recording_id));
      return {};
    }));
    return count;
  }

  Status Ping(const Context& context) override {
    return db_->Write(context, Durability::kBuffered, [](Connection&) { return Status(); });
  }

 private:
  // Hands out what is due and what is new. Counting the attempt is part of the same transaction.
  Status Take(const Context& context, const std::string& consumer, int max,
              std::vector<Delivery>* out, TimeMs* next_due) {
    return db_->Write(context, Durability::kBuffered, [&](Connection& db) -> Status {
      out->clear();
      VANG_ASSIGN_OR_RETURN(const ConsumerRow row, FindConsumer(db, consumer));
      const TimeMs now = clock_->Now();
      Statement in_hand = db.Prepare(
          "SELECT count(*) FROM deliveries WHERE consumer = ? AND in_hand = 1 AND due > ?");
      VANG_ASSIGN_OR_RETURN(const std::int64_t busy, Number(in_hand.Bind(consumer).Bind(now)));
      const std::int64_t room = std::min<std::int64_t>(max, row.max_in_flight - busy);
      if (room > 0) {
        VANG_RETURN_IF_ERROR(TakeDue(db, consumer, row, now, room, out));
        VANG_RETURN_IF_ERROR(
            TakeNew(db, consumer, row, now, room - static_cast<std::int64_t>(out->size()), out));
      }
      Statement due = db.Prepare("SELECT min(due) FROM deliveries WHERE consumer = ?");
      VANG_ASSIGN_OR_RETURN(const bool found, due.Bind(consumer).Step());
      *next_due = found && !due.IsNull(0) ? due.Int(0) : -1;
      return {};
    });
  }

  Status TakeDue(Connection& db, const std::string& consumer, const ConsumerRow& row, TimeMs now,
                 std::int64_t room, std::vector<Delivery>* out) {
    {
      Statement rows = db.Prepare(
          "SELECT d.sequence, d.attempt, d.replay, e.id, e.subject, e.body FROM deliveries d "
          "JOIN events e ON e.sequence = d.sequence WHERE d.consumer = ? AND d.due <= ? "
          "ORDER BY d.sequence LIMIT ?");
      rows.Bind(consumer).Bind(now).Bind(room);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool found, rows.Step());
        if (!found) break;
        out->push_back(MakeDelivery(rows, 3, static_cast<int>(rows.Int(1)) + 1, rows.Int(2) != 0));
      }
    }
    for (const Delivery& delivery : *out) {
      VANG_RETURN_IF_ERROR(db.Prepare("UPDATE deliveries SET attempt = ?, due = ?, in_hand = 1, "
                                      "token = ? WHERE consumer = ? AND sequence = ?")
                               .Bind(delivery.attempt)
                               .Bind(now + row.ack_wait)
                               .Bind(delivery.token)
                               .Bind(consumer)
                               .Bind(static_cast<std::int64_t>(delivery.sequence))
                               .Run());
    }
    return {};
  }

  Status TakeNew(Connection& db, const std::string& consumer, const ConsumerRow& row, TimeMs now,
                 std::int64_t room, std::vector<Delivery>* out) {
    if (room <= 0) return {};
    std::vector<Delivery> fresh;
    {
      Statement rows = db.Prepare(
          "SELECT sequence, id, subject, body FROM events WHERE sequence > ? AND "
          "instr(?, ',' || subject || ',') > 0 ORDER BY sequence LIMIT ?");
      rows.Bind(row.position).Bind(row.subjects).Bind(room);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool found, rows.Step());
        if (!found) break;
        fresh.push_back(MakeDelivery(rows, 1, 1, false));
      }
    }
    if (fresh.empty()) return {};
    for (const Delivery& delivery : fresh) {
      VANG_RETURN_IF_ERROR(
          db.Prepare("INSERT INTO deliveries(consumer, sequence, attempt, due, in_hand, replay, "
                     "token) VALUES(?,?,1,?,1,0,?) ON CONFLICT(consumer, sequence) DO UPDATE SET "
                     "attempt = 1, due = excluded.due, in_hand = 1, token = excluded.token")
              .Bind(consumer)
              .Bind(static_cast<std::int64_t>(delivery.sequence))
              .Bind(now + row.ack_wait)
              .Bind(delivery.token)
              .Run());
    }
    VANG_RETURN_IF_ERROR(db.Prepare("UPDATE consumers SET position = ? WHERE name = ?")
                             .Bind(static_cast<std::int64_t>(fresh.back().sequence))
                             .Bind(consumer)
                             .Run());
    std::move(fresh.begin(), fresh.end(), std::back_inserter(*out));
    return {};
  }

  // `row` has the sequence first, and id, subject and body of the event from column `event` on.
  static Delivery MakeDelivery(const Statement& row, int event, int attempt, bool replay) {
    Delivery delivery;
    const std::string body = row.Text(event + 2);
    auto decoded = DecodeEvent(body);
    if (decoded.ok()) {
      delivery.event = *std::move(decoded);
    } else {
      delivery.fault = decoded.status().Wrap("the stored event no longer decodes");
      delivery.event = SalvageEvent(body);
      delivery.event.id = row.Text(event);
      delivery.event.subject = row.Text(event + 1);
    }
    delivery.sequence = static_cast<std::uint64_t>(row.Int(0));
    delivery.attempt = attempt;
    delivery.replay = replay;
    delivery.token = RandomHex(8);
    return delivery;
  }

  Status SetDue(const Context& context, const std::string& consumer, const Delivery& delivery,
                Duration delay, int in_hand) {
    return db_->Write(context, Durability::kBuffered, [&](Connection& db) {
      return db
          .Prepare(
              "UPDATE deliveries SET due = ?, in_hand = ? WHERE consumer = ? AND sequence = ? "
              "AND token = ?")
          .Bind(clock_->Now() + delay.count())
          .Bind(in_hand)
          .Bind(consumer)
          .Bind(static_cast<std::int64_t>(delivery.sequence))
          .Bind(delivery.token)
          .Run();
    });
  }

  void Wake() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++generation_;
    }
    changed_.notify_all();
  }

  std::unique_ptr<Database> db_;
  const Clock* clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t generation_ = 0;
};

}  // namespace

Result<std::unique_ptr<SqliteEventBus>> OpenSqliteEventBus(const SqliteEventBusConfig& config) {
  VANG_ASSIGN_OR_RETURN(auto db, Database::Open({config.path, EventBusMigrations(), 2, 1'024}));
  VANG_RETURN_IF_ERROR(db->Write(Context(), Durability::kDurable, [&](Connection& c) {
    return TakeBackFromADeadProcess(c, config);
  }));
  return std::unique_ptr<SqliteEventBus>(new Bus(std::move(db), config.clock));
}

}  // namespace vang
