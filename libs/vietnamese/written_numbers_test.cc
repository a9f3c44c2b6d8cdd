#include "libs/vietnamese/written_numbers.h"

#include <gmock/gmock.h>

#include <random>

#include "libs/vietnamese/cardinal.h"
#include "libs/vietnamese/number_words.h"

namespace vang {
namespace {

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string Write(std::string_view text) {
  const std::vector<std::string_view> words = Split(text);
  std::string out;
  std::size_t at = 0;
  const auto add = [&](std::string_view word) {
    if (!out.empty()) out += ' ';
    out += word;
  };
  for (const WrittenNumber& number : FindNumbers(words)) {
    EXPECT_GE(number.first, at) << text;
    while (at < number.first) add(words[at++]);
    add(number.text);
    at += number.count;
  }
  while (at < words.size()) add(words[at++]);
  return out;
}

struct Pair {
  std::string_view spoken;
  std::string_view written;
};

class Positive : public testing::TestWithParam<Pair> {};

TEST_P(Positive, IsWrittenAsPeopleDo) { EXPECT_EQ(Write(GetParam().spoken), GetParam().written); }

INSTANTIATE_TEST_SUITE_P(
    Numbers, Positive,
    testing::Values(Pair{"hai triệu rưỡi đồng", "2.500.000 đồng"},
                    Pair{"hai triệu ba", "2.300.000"}, Pair{"một trăm linh năm", "105"},
                    Pair{"một nghìn lẻ một đêm", "1.001 đêm"},
                    Pair{"hai mươi mốt người", "21 người"}, Pair{"ba lăm tuổi", "35 tuổi"},
                    Pair{"hai chục triệu", "20.000.000"}, Pair{"một trăm hai", "120"},
                    Pair{"một trăm rưỡi", "150"}, Pair{"mười lăm nghìn", "15.000"},
                    Pair{"một nghìn chín trăm bảy mươi lăm", "1.975"},
                    Pair{"mười tám vạn", "18 vạn"}, Pair{"hai mươi năm sau", "20 năm sau"},
                    Pair{"một trăm năm", "100 năm"}, Pair{"ba phẩy một bốn", "3,14"},
                    Pair{"không phẩy năm", "0,5"}, Pair{"một phẩy năm triệu", "1,5 triệu"},
                    Pair{"âm mười hai độ", "-12 độ"}, Pair{"một phần ba", "1/3"},
                    Pair{"ba phần tư", "3/4"}, Pair{"năm phần trăm", "5%"},
                    Pair{"hai mươi phẩy năm phần trăm", "20,5%"}, Pair{"hai mươi lăm độ c", "25°C"},
                    Pair{"công nghiệp bốn chấm không", "công nghiệp 4.0"}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Positive,
    testing::Values(Pair{"ngày mười lăm tháng một năm hai nghìn hai mươi tư", "ngày 15/01/2024"},
                    Pair{"ba mươi tháng tư", "30/4"},
                    Pair{"ngày mười bốn tháng tư hàng năm", "ngày 14/4 hàng năm"},
                    Pair{"mùng một tết", "mùng 1 tết"}, Pair{"rằm tháng bảy", "rằm tháng 7"},
                    Pair{"tháng năm năm nay", "tháng 5 năm nay"},
                    Pair{"ngày bốn tháng này", "ngày 4 tháng này"},
                    Pair{"tháng tư năm một chín bảy lăm", "tháng 4/1975"},
                    Pair{"năm hai nghìn không trăm hai mươi", "năm 2020"},
                    Pair{"năm hai không hai bốn", "năm 2024"}, Pair{"năm bảy lăm", "năm 75"},
                    Pair{"sáng hai tháng chín", "sáng 2/9"},
                    Pair{"ba giờ rưỡi chiều", "3 giờ 30 chiều"},
                    Pair{"tám giờ kém mười", "8 giờ kém 10"},
                    Pair{"mười bốn giờ ba mươi phút", "14 giờ 30 phút"},
                    Pair{"hai mươi giờ mười lăm", "20 giờ 15"}, Pair{"năm phút", "5 phút"}));

INSTANTIATE_TEST_SUITE_P(
    Units, Positive,
    testing::Values(Pair{"mười hai ki lô gam gạo", "12 kg gạo"}, Pair{"năm mét vuông", "5 m²"},
                    Pair{"một trăm hai mươi ki lô mét trên giờ", "120 km/h"},
                    Pair{"hai trăm mi li gam trên mi li lít", "200 mg/ml"},
                    Pair{"hai lít", "2 lít"}, Pair{"từ ba đến sáu ki lô gam", "từ 3 đến 6 kg"},
                    Pair{"mười nghìn đến hai mươi nghìn đồng", "10.000 đến 20.000 đồng"},
                    Pair{"gọi không chín một hai ba bốn năm sáu bảy tám", "gọi 0912345678"},
                    Pair{"phòng ba không hai", "phòng 302"},
                    Pair{"thế kỷ hai mươi mốt", "thế kỷ 21"},
                    Pair{"chương bảy đoạn mười một", "chương 7 đoạn 11"}, Pair{"lớp năm", "lớp 5"},
                    Pair{"thứ hai mươi mốt", "thứ 21"}));

class Negative : public testing::TestWithParam<std::string_view> {};

TEST_P(Negative, StaysAsItIs) { EXPECT_EQ(Write(GetParam()), GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Words, Negative,
    testing::Values("một chút thôi", "ba mẹ tôi", "năm ngoái tôi đi học", "chín chắn",
                    "tư vấn cho tôi", "hai người bạn", "không có gì", "ba tư duy mới",
                    "hai tư tưởng lớn", "năm nay", "mỗi năm một lần", "một mình", "một phút thôi",
                    "mười phân vẹn mười", "mười mươi", "hai đồng chí", "ba bốn trăm người",
                    "hai ba mươi người", "năm sáu nghìn", "chín mười giờ", "mười mấy người",
                    "hai mươi mấy tuổi", "vài trăm", "hàng nghìn người", "thứ hai tuần sau",
                    "thứ ba", "thứ tư là ngày giữa tuần", "ba tháng hai lần", "mỗi tháng hai lần",
                    "ngày một tăng", "tháng giêng", "tháng chạp", "ngày rằm", "quý vị", "một phần",
                    "một hai ba", "một hai ba bốn năm sáu bảy", "số năm kinh nghiệm", "lẻ loi",
                    "linh hồn", "chấm dứt", "phẩy tay", "âm thanh", "âm một tiếng vang", "tỉ mỉ",
                    "vạn vật", "trăm năm", "mốt mới", "tháng năm nay", "bốn phương tám hướng",
                    "ba lần bảy lượt", "không giờ nào", "mấy giờ rồi", "bây giờ", "một giây lát",
                    "điều hai người muốn", "hai tiếng việt", "phần ba người", "nhất định",
                    "hai bảy phần trăm", "ba"));

TEST(WrittenNumbers, ReadsBackEveryNumberThatIsReadOut) {
  std::mt19937_64 random(20261124);
  for (int i = 0; i < 20000; ++i) {
    const int digits = static_cast<int>(random() % 12) + 1;
    std::uint64_t limit = 1;
    for (int d = 0; d < digits; ++d) limit *= 10;
    const std::uint64_t value = random() % limit;
    const std::vector<std::string> said = NumberWords(std::to_string(value));
    const std::vector<std::string_view> words(said.begin(), said.end());
    const auto number = ParseCardinal(words, 0);
    ASSERT_TRUE(number) << value;
    EXPECT_EQ(number->value, value);
    EXPECT_EQ(number->count, words.size()) << value;
  }
}

TEST(WrittenNumbers, AnyWordsGiveRangesInOrder) {
  const std::vector<std::string_view> kWords = Split(
      "không một hai ba bốn năm sáu bảy tám chín mười mươi mốt tư lăm rưỡi linh lẻ chục trăm nghìn "
      "triệu tỷ tỷ tỷ vạn phẩy chấm phần âm ngày tháng năm giờ phút giây kém đồng mét độ c ki lô "
      "trên "
      "số đến từ và quận mấy người tết");
  for (std::uint32_t seed = 0; seed < 20000; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::string_view> words(random() % 16);
    for (std::string_view& word : words) word = kWords[random() % kWords.size()];
    std::size_t at = 0;
    for (const WrittenNumber& number : FindNumbers(words)) {
      ASSERT_GE(number.first, at) << "seed " << seed;
      ASSERT_GT(number.count, 0u) << "seed " << seed;
      at = number.first + number.count;
      ASSERT_LE(at, words.size()) << "seed " << seed;
      ASSERT_FALSE(number.text.empty()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace vang
