from tests.unit.builders import X
def test_a(): assert X == 1
