#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/dashboard/push_document.h"
#include "runtime/dashboard/slot.h"

namespace meshctl::dashboard {

/// Milliseconds since the epoch by the dashboard's own clock: those of the proxies are not trusted.
using Millis = std::int64_t;

/// What figures are about: a service, one of its pods, or one of its routes over all pods.
struct Subject {
  std::string name_space;
  std::string service;
  std::string pod = {};    ///< empty: all of them
  std::string route = {};  ///< empty: all of them

  [[nodiscard]] bool is_service() const noexcept { return pod.empty() && route.empty(); }
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// Slots of the last minute: those that are over and told of, and the two behind them that pushes
/// still add to.
class Minute {
 public:
  static constexpr std::size_t kWholeSlots = 30;
  static constexpr std::size_t kSlots = kWholeSlots + 2;

  /// Adds to slot `number`, which is begun afresh when it is a new one. For `later` see
  /// Slot::merge().
  void add(std::int64_t number, const Slot& slot, bool later);
  /// Drops the slots before `number`.
  void drop_before(std::int64_t number);
  /// Null where nothing happened then, or it is too long ago.
  [[nodiscard]] const Slot* find(std::int64_t number) const noexcept;
  /// Of all histograms.
  [[nodiscard]] std::size_t bins() const noexcept { return bins_; }

 private:
  struct Place {
    std::int64_t number = -1;
    Slot slot;
  };
  void clear(Place& place);

  std::array<Place, kSlots> places_;
  std::size_t bins_ = 0;
};

/// How sure the numbers of a pod are.
enum class Presence : std::uint8_t {
  Live,   ///< was heard of within Board::Pace::live_for
  Stale,  ///< was not heard of since
  Gone,   ///< ended in order, or was not heard of for kStaleFor
};

struct Row {
  telemetry::CallTotals totals;  ///< of all proxies that are remembered
  Minute minute;
  Millis minute_began = 0;  ///< when its first slot came, since this process counts; 0: not yet
};

/// One start of one proxy.
struct Instance {
  Push last;  ///< without its routes
  Millis received = 0;
  std::string packed;  ///< the whole push (packing.h): a tenth of its size
};

/// What of `now` is below `before`; empty if nothing is.
[[nodiscard]] std::string_view falling(const telemetry::CallTotals& now,
                                       const telemetry::CallTotals& before);

enum class PushRefusal : std::uint8_t {
  Contradiction,  ///< a count fell within one start of the proxy
  Full,           ///< as many proxies are here, or as much of them, as there is room for
};
struct Refused {
  PushRefusal why;
  std::string words;
};

/// The figures as they are: pushes come in, rows come out. Turns the cumulative counts of proxies
/// into what happened when: a push that is lost, late or comes twice changes no total. No I/O, and
/// time comes in from outside.
class Board {
 public:
  /// How often it hears of a proxy, and of how many.
  struct Pace {
    /// Chosen: three pushes, so that a lost one makes nobody look.
    Millis live_for = 7000;
    /// Calls of a longer silence count in the totals; when they happened is not known, and a chart
    /// that put them into one slot would lie.
    Millis longest_gap = 10'000;
    /// Past one machine's work it is Prometheus' (DESIGN section 7).
    std::size_t most_instances = 2000;
  };
  Board() = default;
  explicit Board(Pace pace) : pace_(pace) {}

  /// Takes a push. False: it is one that is known, or older than one that is.
  Result<bool, Refused> take(Push push, Millis now);
  /// Remembers a proxy as it was stored.
  void restore(Push push, Millis received);
  /// Takes what a known proxy says in the place of what is known of it, whatever that was; in no
  /// slot. rows() have it after add_up().
  void replace(Push push, Millis now);
  /// Adds up the totals of all rows anew.
  void add_up() { forget(std::vector<std::string>{}); }
  /// Forgets the proxies that were not heard of since `before`, with their numbers.
  void forget(Millis before);
  /// Drops the slots that are no longer of the last minute; to be called every few seconds.
  void drop_old_slots(Millis now);

  /// Every row in order: a service, its routes and its pods.
  [[nodiscard]] const std::map<Subject, Row>& rows() const noexcept { return rows_; }
  /// By instance.
  [[nodiscard]] const std::map<std::string, Instance>& instances() const noexcept {
    return instances_;
  }
  [[nodiscard]] Presence presence(const Instance& instance, Millis now) const noexcept;

  /// What has to be stored since the last call; plain data, for any thread.
  struct Changes {
    struct SlotChange {
      Subject subject;
      std::int64_t number = 0;
      Slot slot;  ///< whole: stands for what was stored of it before
    };
    std::vector<Instance> instances;
    std::vector<SlotChange> slots;
    /// Proxies that were forgotten, by instance.
    std::vector<std::string> forgotten;
    /// The clock was put back by more than a minute: these slots and those to come are no longer
    /// whole, but belong to what is stored of them.
    bool begins_anew = false;

    [[nodiscard]] bool is_empty() const noexcept {
      return instances.empty() && slots.empty() && forgotten.empty() && !begins_anew;
    }
  };
  [[nodiscard]] Changes changes();
  /// These could not be stored: the next changes() has them again, as they are by then. Of slots
  /// those of the last minute.
  void not_stored(const Changes& changes);

  /// As long as the interval of pushes.
  static constexpr Millis kSlotMillis = 2000;
  /// The newest slot that is over at `now`, and of which all that push have told.
  [[nodiscard]] static constexpr std::int64_t last_whole_slot(Millis now) noexcept {
    return (now - kSlotMillis) / kSlotMillis - 1;
  }
  static constexpr Millis kStaleFor = 5 * 60 * 1000;
  /// Of what proxies pushed last. Chosen: 2,000 of 50 routes with 100 bins each take 40 MB.
  static constexpr std::size_t kMostBytes = 512 * 1024 * 1024;
  /// Of all histograms of the last minute: 256 MB. Chosen: 10,000 rows of 50 bins take 15 million.
  static constexpr std::size_t kMostBins = std::size_t{16} * 1024 * 1024;
  /// Further routes count as `{other}`.
  static constexpr std::size_t kMostRoutesInAll = 10'000;

 private:
  void forget(const std::vector<std::string>& names);
  /// Room for one more, by forgetting proxies that are gone. False: all are still there.
  [[nodiscard]] bool make_room(Millis now);
  void keep(Instance& place, Push push, std::string packed, Millis received);
  [[nodiscard]] Row& row(const Subject& subject);
  /// Why there is no room for `more` bytes of figures from the proxy `name`; empty: there is.
  [[nodiscard]] std::string lack_of_room(const std::string& name, std::size_t more, Millis now);
  [[nodiscard]] Subject route_subject(const Push& push, const std::string& route) const;
  void add(const Subject& subject, const Slot& slot, Millis now, bool is_timed);
  /// Drops all slots of the last minute: the clock was put back.
  void begin_anew();
  void add_all(const Push& push, const Push* before, Millis now, bool is_timed);

  Pace pace_;
  std::map<std::string, Instance> instances_;
  std::map<Subject, Row> rows_;
  std::size_t route_rows_ = 0;
  std::size_t bytes_ = 0;                                     ///< of what is packed
  std::size_t bins_ = 0;                                      ///< of the rows' minutes
  std::int64_t newest_ = -1;                                  ///< slot
  std::set<std::pair<Subject, std::int64_t>> changed_slots_;  ///< with the slot's number
  bool begins_anew_ = false;                                  ///< Changes::begins_anew
  std::set<std::string> changed_instances_;
  std::set<std::string> forgotten_;
};

}  // namespace meshctl::dashboard
